"""What a teacher does on a submission's page and in a cell of the table: the form of each act, what is wrong with it, and who was
faster.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal

from django.http import HttpRequest
from django.utils.translation import gettext as _

from grader.accounts.models import User
from grader.gradebook.decisions import (
    OutOfRange,
    Overtaken,
    ReasonMissing,
    comment_add,
    override_set,
    override_withdraw,
    task_decide,
    task_undecide,
)
from grader.gradebook.models import Grade, GradeChange, TaskDecision
from grader.gradebook.points import points_read, whole_read
from grader.submissions.models import Submission
from grader.submissions.templatetags.words import number


@dataclass
class DeskForm:
    """What was typed for one act, as it is shown again; empty on a first look."""

    act: str = ""  # override, withdraw, decide, undecide, comment
    task: str = ""
    points: str = ""
    reason: str = ""
    private: bool = False
    seen: int = 0  # the version of the grade, or the decision on the task, that the writer had before them
    problems: dict[str, str] = field(default_factory=dict)  # field -> sentence
    changes: list[GradeChange] = field(default_factory=list)  # what others did to the grade meanwhile
    decision: TaskDecision | None = None  # or to the task
    overtaken: bool = False

    @classmethod
    def of(cls, request: HttpRequest) -> DeskForm:
        if request.method != "POST":
            return cls()
        given = request.POST
        return cls(
            act=given.get("act", ""),
            task=given.get("task", "")[:20],
            points=given.get("points", "").strip(),
            reason=given.get("reason", "").strip(),
            private=given.get("private") == "1",
            seen=whole_read(given.get("seen", "")) or 0,
        )


def desk_act(form: DeskForm, submission: Submission, grade: Grade, by: User) -> str:
    """Do it, and say what was done; empty where the form has problems or somebody was faster."""
    acts: dict[str, Callable[[DeskForm, Submission, User], str]] = {
        "decide": _decide,
        "undecide": _undecide,
        "comment": _comment,
    }
    act = acts.get(form.act)
    return grade_act(form, grade, by) if act is None else _tried(form, lambda: act(form, submission, by), submission)


def grade_act(form: DeskForm, grade: Grade, by: User) -> str:
    """The same for what needs no submission: setting the grade by hand, and taking that back."""
    acts: dict[str, Callable[[DeskForm, Grade, User], str]] = {"override": _override, "withdraw": _withdraw}
    act = acts.get(form.act)
    if act is None:
        form.problems["act"] = _("The form says nothing that can be done here. Load the page again.")
        return ""
    return _tried(form, lambda: act(form, grade, by))


def _tried(form: DeskForm, act: Callable[[], str], submission: Submission | None = None) -> str:
    try:
        return act()
    except ReasonMissing:
        form.problems["reason"] = _("Say why: the student and your colleagues will read it.")
    except OutOfRange as out:
        form.problems["points"] = _("Points must be between 0 and %(most)s.") % {"most": number(out.most)}
    except Overtaken as faster:
        _overtaken(form, faster.grade, submission)
    return ""


def _points(form: DeskForm) -> Decimal | None:
    points = points_read(form.points)
    if points is None:
        form.problems["points"] = _("Give the points as a number, such as 2.5 or 2,5.")
    if not form.reason:
        form.problems["reason"] = _("Say why: the student and your colleagues will read it.")
    return None if form.problems else points


def _override(form: DeskForm, grade: Grade, by: User) -> str:
    points = _points(form)
    if points is None:
        return ""
    override_set(grade=grade, score=points, reason=form.reason, by=by, seen_version=form.seen)
    return _("The grade is %(points)s now.") % {"points": number(points)}


def _withdraw(form: DeskForm, grade: Grade, by: User) -> str:
    new = override_withdraw(grade=grade, reason=form.reason, by=by, seen_version=form.seen)
    return _("The grade is what was measured again: %(points)s.") % {"points": number(new.score)}


def _decide(form: DeskForm, submission: Submission, by: User) -> str:
    points = _points(form)
    if points is None:
        return ""
    task_decide(submission=submission, task=form.task, points=points, reason=form.reason, by=by, seen=form.seen)
    return _("Task %(task)s is worth %(points)s now.") % {"task": form.task, "points": number(points)}


def _undecide(form: DeskForm, submission: Submission, by: User) -> str:
    task_undecide(submission=submission, task=form.task, reason=form.reason, by=by, seen=form.seen)
    return _("Task %(task)s is what was measured again.") % {"task": form.task}


def _comment(form: DeskForm, submission: Submission, by: User) -> str:
    if not form.reason:
        form.problems["reason"] = _("Write something first.")
        return ""
    comment_add(submission=submission, author=by, text=form.reason, private=form.private)
    return _("Noted; the student does not see it.") if form.private else _("Sent: the student reads it with the result.")


def _overtaken(form: DeskForm, grade: Grade, submission: Submission | None) -> None:
    """What others did: to the task where the act was about one, else to the grade."""
    form.overtaken = True
    if submission is not None:
        said = TaskDecision.objects.filter(submission=submission, task=form.task).select_related("made_by")
        form.decision = said.order_by("-id").first()
        form.seen = form.decision.pk if form.decision else 0
    else:
        since = grade.history.filter(version__gt=form.seen).select_related("changed_by").order_by("version")
        form.changes = list(since)
        form.seen = grade.version
