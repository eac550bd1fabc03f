"""Which submissions a regrade is about. A scope is kept as JSON with its regrade, so that the page can say it later."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Literal

from django.db.models import QuerySet

from assignments.models import Assignment, PackageVersion
from assignments.package.accept import NotAccepted, same_answer
from assignments.package.answers import AnswerError
from assignments.queries import package_of
from grader.gradebook.models import Grade
from grader.submissions.models import Submission, SubmissionState

Which = Literal["all", "latest", "counting"]
ENDED = (SubmissionState.GRADED, SubmissionState.BROKEN, SubmissionState.QUARANTINED)


@dataclass(frozen=True)
class Scope:
    """All attempts, each student's latest, or those that count; narrowed by what else is given."""

    which: Which = "all"
    states: tuple[str, ...] = ()  # of Submission.state; none: all that ended
    students: tuple[str, ...] = ()  # public ids; none: everybody
    task: str = ""
    answer: str = ""  # with `task`: those who typed the same for it, as its check reads answers

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of(cls, raw: dict[str, Any]) -> Scope:
        return cls(
            which=raw.get("which", "all"),
            states=tuple(raw.get("states", ())),
            students=tuple(raw.get("students", ())),
            task=raw.get("task", ""),
            answer=raw.get("answer", ""),
        )


def submissions_in(assignment: Assignment, scope: Scope, version: PackageVersion) -> list[Submission]:
    """The submissions that a regrade by `version` is about. What is still being graded is not among them."""
    found = Submission.objects.filter(assignment=assignment, state__in=ENDED)
    if scope.which == "latest":
        found = _latest(found)
    elif scope.which == "counting":
        counted = Grade.objects.filter(assignment=assignment, run__isnull=False).values("run__submission")
        found = found.filter(pk__in=counted)
    if scope.states:
        found = found.filter(state__in=scope.states)
    if scope.students:
        found = found.filter(student__public_id__in=scope.students)
    if not scope.task:
        return list(found.order_by("id"))
    try:
        same = same_answer(package_of(version), scope.task, scope.answer)
    except (NotAccepted, AnswerError):  # no such task in this version, or nothing that anybody could have typed
        return []
    return [one for one in found.order_by("id") if scope.task in one.answers and _typed_so(one.answers[scope.task], same)]


def _typed_so(raw: Any, same: Callable[[Any], bool]) -> bool:
    try:
        return same(raw)
    except AnswerError:  # typed when another version asked
        return False


def _latest(found: QuerySet[Submission]) -> QuerySet[Submission]:
    newest = found.order_by("student", "-attempt").distinct("student").values("pk")
    return Submission.objects.filter(pk__in=newest)
