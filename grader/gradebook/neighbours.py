"""Which student's work comes before and after this one's by name, so that a teacher walks through an assignment."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass

from grader.accounts.models import User
from grader.accounts.names import folded
from grader.accounts.queries import students_visible_to
from grader.gradebook.models import Grade
from grader.submissions.models import Submission

WHICH = ("all", "review", "lost")


@dataclass(frozen=True)
class Place:
    """Where a submission stands among the works of its assignment under a filter; neighbours by public id of their newest."""

    position: int  # from 1; 0 where it is not among them
    count: int
    previous: str
    following: str


def place_of(user: User, submission: Submission, which: str = "all") -> Place:
    """Of the works that this person may see, one for each student. Two queries."""
    grades = Grade.objects.filter(
        assignment=submission.assignment, student__in=students_visible_to(user, submission.assignment.course)
    ).exclude(latest_submission="")
    kept = [one for one in grades.select_related("student") if _matches(one, which)]
    rows = sorted((_key(one.student), one.latest_submission) for one in kept)
    keys = [key for key, _ in rows]
    here = _key(submission.student)
    at = bisect_left(keys, here)
    among = at < len(keys) and keys[at] == here
    after = at + 1 if among else at
    return Place(
        position=at + 1 if among else 0,
        count=len(rows),
        previous=rows[at - 1][1] if at else "",
        following=rows[after][1] if after < len(rows) else "",
    )


def _matches(grade: Grade, which: str) -> bool:
    if which == "review":
        return grade.state == Grade.State.REVIEW or grade.reviews_open > 0
    if which == "lost":
        return grade.score is None or grade.score < grade.max_score
    return True


def _key(student: User) -> tuple[str, str]:
    return folded(student.display_name()), student.username
