"""What a student has for an assignment. Pure: a standing is a function of the attempts, the assignment's policy and what people
decided, in whatever order they came.

An attempt of which nothing could be judged by our own fault counts for nothing, neither as points nor as used up. Points are
what the run measured, with a person's word in place of it where there is one, less what lateness costs; of those the best or the
last attempt counts; and above all that stands an override.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

Policy = Literal["best", "last"]
GradeState = Literal["none", "waiting", "graded", "broken", "review", "problem", "cancelled"]
CENT = Decimal("0.01")
ON_TIME = timedelta(0)


@dataclass(frozen=True)
class Word:
    """A person's word on some points. `number` grows: the newest applies, and one without points takes back what was said."""

    number: int
    points: Decimal | None


def newest(words: Sequence[Word]) -> Decimal | None:
    """The points that apply; None where nobody decided, or took it back."""
    return max(words, key=lambda word: word.number).points if words else None


@dataclass(frozen=True)
class LateStep:
    """Handed in more than `hours` after it was due, an attempt is worth less by `percent`."""

    hours: Decimal
    percent: Decimal


def percent_off(steps: Sequence[LateStep], late_by: timedelta) -> Decimal:
    """Of the steps that were passed the last applies; they do not add up."""
    passed = [step for step in steps if late_by > timedelta(hours=float(step.hours)) and late_by > ON_TIME]
    return max(passed, key=lambda step: step.hours).percent if passed else Decimal(0)


@dataclass(frozen=True)
class TaskSeen:
    """A task of an attempt: what its run concluded, and what people said since."""

    task: str
    status: str  # grader.checks.values.TaskStatus
    points: Decimal = Decimal(0)
    words: tuple[Word, ...] = ()

    @property
    def decided(self) -> Decimal | None:
        return newest(self.words)

    @property
    def awaits(self) -> bool:
        """Whether a person still must look at it."""
        return self.status == "review" and self.decided is None


@dataclass(frozen=True)
class Attempt:
    """One submission as the policy sees it. `score` is what its run measured, None until there is such a run."""

    number: int
    submission: str  # public id
    state: str  # grader.submissions.models.SubmissionState
    charged: bool = True
    late_by: timedelta = ON_TIME
    run: int | None = None  # the run that speaks for it
    score: Decimal | None = None
    max_score: Decimal = Decimal(0)
    tasks: tuple[TaskSeen, ...] = ()

    @property
    def earned(self) -> Decimal | None:
        """Its points with people's words in place; None while a task of it is judged by nobody."""
        if self.score is None or any(task.status == "not_judged" and task.decided is None for task in self.tasks):
            return None
        return max(Decimal(0), self.score + sum((t.decided - t.points for t in self.tasks if t.decided is not None), Decimal(0)))

    @property
    def review(self) -> bool:
        return any(task.awaits for task in self.tasks)


@dataclass(frozen=True)
class Standing:
    """What a student has: the score that counts, the run it comes from, and how things stand."""

    score: Decimal | None
    max_score: Decimal | None  # None: nothing judged yet
    run: int | None
    state: GradeState
    attempts: int  # those that count against the allowed number
    late: bool
    latest: str  # public id of the newest submission; empty where there is none
    penalty: Decimal  # points off for being late, in `score` already
    overridden: bool
    computed: Decimal | None  # the score as it would be without an override


@dataclass(frozen=True)
class Worth:
    """An attempt that was judged, and what it is worth after people's words and the late steps."""

    attempt: Attempt
    earned: Decimal
    percent: Decimal  # that lateness costs
    penalty: Decimal  # the same in points
    score: Decimal


def standing(
    policy: Policy, attempts: Sequence[Attempt], *, late_steps: Sequence[LateStep] = (), overrides: Sequence[Word] = ()
) -> Standing:
    """The standing after these attempts and words."""
    ordered = sorted(attempts, key=lambda attempt: attempt.number)
    counts = _counting(policy, [one for attempt in ordered if (one := worth(attempt, late_steps)) is not None])
    override = newest(overrides)
    computed = counts.score if counts else None
    state = _state(ordered, counts.attempt if counts else None)
    return Standing(
        score=computed if override is None else override,
        max_score=counts.attempt.max_score if counts else None,
        run=counts.attempt.run if counts else None,
        state=state if override is None or state == "waiting" else "graded",
        attempts=sum(attempt.charged for attempt in ordered),
        late=_late(ordered, counts),
        latest=ordered[-1].submission if ordered else "",
        penalty=counts.penalty if counts and override is None else Decimal(0),
        overridden=override is not None,
        computed=computed,
    )


def worth(attempt: Attempt, steps: Sequence[LateStep]) -> Worth | None:
    """None while somebody still has to judge a task of it."""
    earned = attempt.earned
    if earned is None:
        return None
    percent = min(max(percent_off(steps, attempt.late_by), Decimal(0)), Decimal(100))
    penalty = min(earned, (earned * percent / 100).quantize(CENT, ROUND_HALF_UP))
    return Worth(attempt, earned, percent, penalty, earned - penalty)


def _counting(policy: Policy, judged: Sequence[Worth]) -> Worth | None:
    """The newest, or the best after what lateness costs; of equals the earlier, since it can only be less late."""
    if not judged:
        return None
    if policy == "last":
        return judged[-1]
    return max(judged, key=lambda one: (one.score, -one.attempt.number))


def _late(ordered: Sequence[Attempt], counts: Worth | None) -> bool:
    if not ordered:
        return False
    return (counts.attempt if counts else ordered[-1]).late_by > ON_TIME


def _state(ordered: Sequence[Attempt], counts: Attempt | None) -> GradeState:
    if not ordered:
        return "none"
    kept = [attempt for attempt in ordered if attempt.state != "cancelled"]  # cancelling leaves things as they were
    if not kept:
        return "cancelled"
    latest = kept[-1]
    if latest.state in {"queued", "running"}:
        return "waiting"
    if counts is None or latest.state == "quarantined" or latest.earned is None:
        return "problem"
    if counts.review:
        return "review"
    return "broken" if counts.state == "broken" else "graded"
