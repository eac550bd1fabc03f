"""Which attempt counts. Pure: a standing is a function of the attempts and the assignment's policy, in whatever order they came.

An attempt of which nothing could be judged by our own fault counts for nothing, neither as points nor as used up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

Policy = Literal["best", "last"]
GradeState = Literal["waiting", "graded", "broken", "review", "problem", "cancelled"]


@dataclass(frozen=True)
class Attempt:
    """One submission as the policy sees it. `score` is None until something of it was judged."""

    number: int
    submission: str  # public id
    state: str  # grader.submissions.models.SubmissionState
    charged: bool = True
    late: bool = False
    run: int | None = None  # the run that speaks for it
    score: Decimal | None = None
    max_score: Decimal = Decimal(0)
    review: bool = False  # a person must look at some task


@dataclass(frozen=True)
class Standing:
    """What a student has: the score that counts, the run it comes from, and how things stand."""

    score: Decimal | None
    max_score: Decimal | None  # None: nothing judged yet
    run: int | None
    state: GradeState
    attempts: int  # those that count against the allowed number
    late: bool
    latest: str  # public id of the newest submission


def standing(policy: Policy, attempts: Sequence[Attempt]) -> Standing:
    """The standing after these attempts, of which there is at least one."""
    ordered = sorted(attempts, key=lambda attempt: attempt.number)
    latest = ordered[-1]
    judged = [attempt for attempt in ordered if attempt.score is not None]
    counts = _counting(policy, judged)
    return Standing(
        score=counts.score if counts else None,
        max_score=counts.max_score if counts else None,
        run=counts.run if counts else None,
        state=_state(ordered, counts),
        attempts=sum(attempt.charged for attempt in ordered),
        late=(counts or latest).late,
        latest=latest.submission,
    )


def _counting(policy: Policy, judged: Sequence[Attempt]) -> Attempt | None:
    """The newest, or the best; of equals the earlier, since it can only be less late."""
    if not judged:
        return None
    if policy == "last":
        return judged[-1]
    return max(judged, key=lambda attempt: (attempt.score, -attempt.number))


def _state(ordered: Sequence[Attempt], counts: Attempt | None) -> GradeState:
    kept = [attempt for attempt in ordered if attempt.state != "cancelled"]  # cancelling leaves things as they were
    if not kept:
        return "cancelled"
    latest = kept[-1]
    if latest.state in {"queued", "running"}:
        return "waiting"
    if counts is None or latest.state == "quarantined" or latest.score is None:
        return "problem"
    if counts.review:
        return "review"
    return "broken" if counts.state == "broken" else "graded"
