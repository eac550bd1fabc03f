"""An upload: what it changes for students, its proof and how far that is, and publishing it."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from assignments.models import CourseUpload
from assignments.publishing import Superseded, upload_publish
from grader.accounts.models import User
from grader.courses import said
from grader.courses.queries import newest_publication, uploads_of, versions_in
from grader.courses.services import upload_check_start, upload_check_stop
from grader.submissions import markdown
from grader.submissions.queries import workers_alive

WAITING = CourseUpload.Check.WAITING


@login_required
@require_safe
@never_cache
def show(request: HttpRequest, course: str, public_id: str) -> HttpResponse:
    found = _upload(request, course, public_id)
    context = _check(found)
    if request.headers.get("HX-Request"):
        answer = render(request, "courses/parts/check.html", context)
        if found.check_state != WAITING:
            answer["HX-Refresh"] = "true"
        return answer
    by_slug = {one.assignment.slug: one for one in versions_in(found.course).filter(public_id__in=_names(found))}
    context |= {
        "changes": said.changes(found.course, found.versions),
        "versions": [by_slug[slug] for slug, _name in found.versions],
        "seen": newest_publication(found.course),
        "report": markdown.block(found.check_report) if found.check_report else "",
    }
    return render(request, "courses/upload.html", context)


def _names(found: CourseUpload) -> list[str]:
    return [name for _slug, name in found.versions]


def _check(found: CourseUpload) -> dict[str, Any]:
    under_way = found.check_state == WAITING
    return {
        "upload": found,
        "course": found.course,
        "check": said.CHECKS[found.check_state],
        "problems": said.problems(found),
        "under_way": under_way,
        "nobody": under_way and not workers_alive("grade.cpu"),
    }


@login_required
@require_POST
def check(request: HttpRequest, course: str, public_id: str) -> HttpResponse:
    """Start the proof, or stop it."""
    found = _upload(request, course, public_id)
    if request.POST.get("stop"):
        upload_check_stop(found)
    else:
        upload_check_start(found, mutants=request.POST.get("mutants") == "1")
    return redirect("courses:uploaded", course=course, public_id=public_id)


@login_required
@require_POST
def publish(request: HttpRequest, course: str, public_id: str) -> HttpResponse:
    """Make it what students get, where nobody has published since the page was opened."""
    found = _upload(request, course, public_id)
    try:
        note, seen = request.POST.get("note", "").strip()[:300], int(request.POST.get("seen") or 0)
        made = upload_publish(found, by=cast(User, request.user), note=note, seen=seen)
    except (Superseded, ValueError):
        messages.error(request, _("Somebody else published meanwhile. Look at what would change now."))
        return redirect("courses:uploaded", course=course, public_id=public_id)
    messages.success(request, _("Published: new submissions are judged by it.") if made else _("Nothing to change."))
    return redirect("courses:show", course=course)


def _upload(request: HttpRequest, course: str, public_id: str) -> CourseUpload:
    return get_object_or_404(uploads_of(request.user), public_id=public_id, course__slug=course)
