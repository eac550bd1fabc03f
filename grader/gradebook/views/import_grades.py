"""Setting grades from a file: a preview in which every line has its say, then all of it with one reason, or nothing."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from assignments.models import Course
from grader.accounts.models import User
from grader.accounts.queries import students_visible_to
from grader.gradebook.decisions import Overtaken, ReasonMissing
from grader.gradebook.grid.intake import CHANGES_LIMIT, LIMIT, NotReadable, changes_of, lines_of
from grader.gradebook.grid.rows import course_for
from grader.gradebook.grid.setting import grades_set, orders_read, orders_sign


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def upload(request: HttpRequest, course: str) -> HttpResponse:
    """The form; by post the preview."""
    found = course_for(request.user, course)
    if request.method != "POST":
        return _page(request, found)
    try:
        lines = lines_of(_bytes(request))
    except NotReadable as problem:
        return _page(request, found, problem=str(problem))
    user = cast(User, request.user)
    changes = changes_of(lines, found, students_visible_to(user, found))
    wrong = [one for one in changes if one.problem]
    if len(changes) > CHANGES_LIMIT:
        said = _("The file changes %(n)d grades. Send at most %(most)d at once.")
        return _page(request, found, problem=said % {"n": len(changes), "most": CHANGES_LIMIT})
    orders = "" if wrong or not changes else orders_sign(changes, found, user)
    return _page(request, found, lines=len(lines), changes=changes, wrong=wrong, orders=orders)


@login_required
@require_POST
@never_cache
def apply(request: HttpRequest, course: str) -> HttpResponse:
    """Everything that the preview showed, or nothing."""
    found = course_for(request.user, course)
    user = cast(User, request.user)
    signed, reason = request.POST.get("orders", ""), request.POST.get("reason", "")
    orders = orders_read(signed, found, user)
    if orders is None:
        return _page(request, found, problem=_("This preview is too old. Send the file again."))
    try:
        number = grades_set(orders, students=students_visible_to(user, found), course=found, reason=reason, by=user)
    except ReasonMissing:
        return _page(request, found, orders=signed, number=len(orders), problem=_("Say why: the students will read it."))
    except Overtaken as problem:
        grade = problem.grade
        said = _("Nothing was changed: the grade of %(name)s in %(slug)s has moved since the preview. Send the file again.")
        return _page(request, found, problem=said % {"name": grade.student.display_name(), "slug": grade.assignment.slug})
    except KeyError:
        return _page(request, found, problem=_("Nothing was changed: somebody in the file is no longer in your course."))
    messages.success(request, ngettext("%(n)d grade is set.", "%(n)d grades are set.", number) % {"n": number})
    return redirect("gradebook:course", course=course)


def _bytes(request: HttpRequest) -> bytes:
    pasted = request.POST.get("pasted", "")
    if pasted.strip():
        return pasted.encode()
    file = request.FILES.get("file")
    if file is None:
        raise NotReadable(_("Choose a file, or paste its lines."))
    if file.size is None or file.size > LIMIT:
        raise NotReadable(_("The file is too large: at most %(n)d MB.") % {"n": LIMIT // 2**20})
    return bytes(file.read())


def _page(request: HttpRequest, course: Course, *, problem: str = "", **more: Any) -> HttpResponse:
    context = {"course": course, "problem": problem} | more
    return render(request, "gradebook/import.html", context, status=422 if problem else 200)
