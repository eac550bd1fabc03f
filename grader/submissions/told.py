"""What an event says of a submission and of a run, for all who write one (the shapes are in grader/events/types.py)."""

from __future__ import annotations

from typing import Any

from grader.accounts.queries import external_user_id
from grader.submissions.models import Run, Submission


def submission_facts(submission: Submission) -> dict[str, Any]:
    """Of a submission that was fetched with its assignment and course, else that is two queries more."""
    course = submission.assignment.course
    return {
        "submission_id": submission.public_id,
        "course": course.slug,
        "assignment": submission.assignment.slug,
        "external_user_id": external_user_id(submission.student, course),
        "external_submission_id": submission.external_submission_id,
        "attempt": submission.attempt,
    }


def run_facts(run: Run, submission: Submission) -> dict[str, Any]:
    return {"run_id": run.public_id, **submission_facts(submission)}
