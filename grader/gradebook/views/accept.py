"""“Accept this answer too”: what would be added to the key, and then the dry run over everybody who typed it."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from assignments.models import PackageVersion
from assignments.package import PackageErrors
from assignments.package.accept import NotAccepted
from assignments.publishing import Superseded, accepting, answer_accept
from assignments.queries import package_of
from grader.accounts.models import User
from grader.accounts.queries import courses_managed_by
from grader.gradebook.regrading.scope import Scope, submissions_in
from grader.gradebook.regrading.services import RegradeRefused, regrade_start
from grader.gradebook.views.regrade_words import refusal
from grader.gradebook.views.shown import answer_in_words
from grader.submissions.models import Submission

_REFUSED = {
    "no_key": gettext_lazy("The key of this task is not a list of answers, so an answer can’t be added to it here."),
    "no_task": gettext_lazy("This task is not in the current version of the assignment any more."),
    "empty": gettext_lazy("Nothing was typed for this task."),
    "unfit": gettext_lazy("This answer can’t be put into the key by itself. Change the course’s file by hand and upload it."),
    "accepted": gettext_lazy("The key takes this answer already. Those who typed it before can be regraded."),
    "several_readings": gettext_lazy("This number can be read in two ways. Change the course’s file by hand and upload it."),
    "no_number": gettext_lazy("This is not a single number, so it can’t be put into the key."),
}


@dataclass(frozen=True)
class DiffLine:
    """A line of the key's file. `sign` is +, - or a space."""

    sign: str
    text: str


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def accept(request: HttpRequest, public_id: str, task: str) -> HttpResponse:
    """For those who decide in the course. By post: a new version of the package, and a regrade by it."""
    submission = _submission(request, public_id)
    version = submission.assignment.current_version
    raw = submission.answers.get(task)
    if version is None or raw is None:
        raise Http404
    scope = Scope(task=task, answer=_typed(raw))
    if request.method == "POST":
        return _accepted(request, submission, version, scope)
    context = _context(submission, version, scope)
    return render(request, "gradebook/accept.html", context)


def _submission(request: HttpRequest, public_id: str) -> Submission:
    mine: Any = Submission.objects.filter(assignment__course__in=courses_managed_by(request.user))
    related = ("student", "assignment__course", "assignment__current_version__assignment__course")
    found: Submission = get_object_or_404(mine.select_related(*related), public_id=public_id)
    return found


def _typed(raw: Any) -> str:
    return "; ".join(map(str, raw)) if isinstance(raw, list) else str(raw)


def _context(submission: Submission, version: PackageVersion, scope: Scope) -> dict[str, Any]:
    asked = next((one for one in package_of(version).tasks if one.id == scope.task), None)
    diff, code = _diff(version, scope)
    same = submissions_in(submission.assignment, scope, version) if asked is not None else []
    return {
        "submission": submission,
        "course": submission.assignment.course,
        "assignment": submission.assignment,
        "version": version,
        "task": asked,
        "task_id": scope.task,
        "answer": answer_in_words(asked, submission.answers[scope.task]) if asked else scope.answer,
        "diff": diff,
        "refused": _REFUSED.get(code, "") if code else "",
        "regrade_only": code == "accepted",
        "students": len({one.student_id for one in same}),
        "attempts": len(same),
    }


def _diff(version: PackageVersion, scope: Scope) -> tuple[list[DiffLine], str]:
    """The changed lines with a few around them; or why there is no change to show."""
    try:
        with accepting(version, scope.task, scope.answer) as (_folder, before, after):
            lines = list(difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=2))[3:]
            return [DiffLine(line[:1], line[1:]) for line in lines], ""
    except NotAccepted as refused:
        return [], refused.code
    except PackageErrors:
        return [], "unfit"


def _accepted(request: HttpRequest, submission: Submission, version: PackageVersion, scope: Scope) -> HttpResponse:
    by = cast(User, request.user)
    here = redirect("gradebook:accept", public_id=submission.public_id, task=scope.task)
    if request.POST.get("version") != version.public_id:
        messages.error(request, _("The key has changed since you opened this page. Look at it once more."))
        return here
    try:
        if request.POST.get("regrade_only") != "1":
            version = answer_accept(version=version, task=scope.task, answer=scope.answer, by=by)
        reason = _("Task %(task)s: “%(answer)s” is right too") % {"task": scope.task, "answer": scope.answer}
        started = regrade_start(assignment=submission.assignment, scope=scope, by=by, reason=reason, package_version=version)
    except (NotAccepted, PackageErrors, Superseded):
        messages.error(request, _("The key has changed since you opened this page. Look at it once more."))
        return here
    except RegradeRefused as refused:
        messages.error(request, refusal(refused.code))
        return here
    return redirect("gradebook:regrade", public_id=started.public_id)
