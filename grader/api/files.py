"""Addresses of files that need no token for a while: whoever got one may hand it on, to a browser say.

An address names the token that asked, and works no longer than that token would: revoked, or out of the course, it is not found.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from django.core import signing
from django.utils import timezone

from grader.api.access import submissions_for
from grader.api.models import ApiToken
from grader.api.problems import Problem, not_found
from grader.submissions.models import Submission
from grader.submissions.queries import notebook_run, run_shown

HANDED_IN, EXECUTED = "handed_in", "executed"
_STEP_S = 600
_signer = signing.Signer(sep="~", salt="grader.api.files")  # a colon would be escaped in an address


@dataclass(frozen=True)
class Kept:
    """A file of a submission: the SHA-256 of its bytes, and the name to save it under."""

    kind: str
    digest: str
    name: str


def files_of(submission: Submission) -> list[Kept]:
    """What was handed in, and the notebook as it was run. Either may not be there."""
    run = run_shown(submission)
    executed = notebook_run(submission, run) if run else None
    digests = {HANDED_IN: submission.notebook_digest, EXECUTED: executed.executed_notebook_digest if executed else ""}
    assignment = submission.assignment
    name = f"{assignment.course.slug}-{assignment.slug}-{submission.public_id}-"
    return [Kept(kind, digest, f"{name}{kind}.ipynb") for kind, digest in digests.items() if digest]


def until() -> int:
    """When an address given now ends, in Unix seconds: in ten to twenty minutes, in steps, so that ETags hold as long."""
    return (int(time.time()) // _STEP_S + 2) * _STEP_S


def sign(token: ApiToken, submission: Submission, kind: str, ends: int) -> str:
    return _signer.sign_object([token.pk, submission.public_id, kind, ends])


def find(signed: str) -> Kept:
    """The file of an address of ours. Raises a `Problem` where it is none, is over, or its token may not see this any more."""
    try:
        token_id, submission_id, kind, ends = _signer.unsign_object(signed)
    except (signing.BadSignature, ValueError) as wrong:
        raise not_found() from wrong
    if ends < time.time():
        raise Problem("file.link_over")
    submission = _seen_by(token_id, submission_id)
    found = [one for one in files_of(submission) if one.kind == kind] if submission else []
    if not found:
        raise not_found()
    return found[0]


def _seen_by(token_id: Any, submission_id: str) -> Submission | None:
    token = ApiToken.objects.select_related("created_by").filter(pk=token_id, revoked_at=None).first()
    if token is None or token.ended(timezone.now()) or not token.created_by.is_active:
        return None
    return submissions_for(token).filter(public_id=submission_id).first()
