"""A course's package: what students get now, its history, the form that sends another; and a new course."""

from __future__ import annotations

import re
from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from assignments.models import Assignment, Course, CourseUpload
from assignments.package.zipped import zip_course
from assignments.publishing import Superseded, course_folder, publication_restore
from grader.accounts.models import User
from grader.accounts.queries import courses_managed_by
from grader.courses import said
from grader.courses.queries import newest_publication, publications_of
from grader.courses.services import UploadRefused, course_upload
from grader.submissions.templatetags.words import language
from grader.submissions.uploads import LIMIT_MB, too_large_upload

SLUG = re.compile(r"[a-z0-9][-a-z0-9_]{0,49}")
FILE = "package"


@login_required
@require_safe
@never_cache
def show(request: HttpRequest, course: str) -> HttpResponse:
    return _page(request, get_object_or_404(courses_managed_by(request.user), slug=course), [])


def _page(request: HttpRequest, course: Course, problems: list[str]) -> HttpResponse:
    rows = Assignment.objects.filter(course=course, current_version__isnull=False).select_related("current_version")
    uploads = course.uploads.select_related("made_by", "publication")[:20]
    context = {
        "course": course,
        "assignments": rows.order_by("position", "slug"),
        "uploads": [(one, said.CHECKS[one.check_state]) for one in uploads],
        "history": said.history(course),
        "problems": problems,
        "limit_mb": LIMIT_MB,
    }
    return render(request, "courses/show.html", context, status=422 if problems else 200)


@login_required
@require_POST
def send(request: HttpRequest, course: str) -> HttpResponse:
    """A zip of the course's folder: kept where all is well with it, else everything that is wrong, and nothing kept."""
    found = get_object_or_404(courses_managed_by(request.user), slug=course)
    upload, problems = _taken(request, found.slug)
    if upload is None:
        return _page(request, found, problems)
    return redirect("courses:uploaded", course=found.slug, public_id=upload.public_id)


def _taken(request: HttpRequest, slug: str) -> tuple[CourseUpload | None, list[str]]:
    if too_large_upload(request, FILE) is not None:
        return None, [_("The file is larger than %(limit)s MB. Leave out what students do not need.") % {"limit": LIMIT_MB}]
    file = request.FILES.get(FILE)
    if file is None:
        return None, [_("Choose a zip of the course’s folder.")]
    try:
        by = cast(User, request.user)
        return course_upload(content=file.read(), slug=slug, by=by, file_name=file.name or ""), []
    except UploadRefused as refused:
        return None, [one.said(language()) for one in refused.problems]


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def new(request: HttpRequest) -> HttpResponse:
    """A course that was not there before. Only the admin adds one, and enrols its teachers then."""
    if not request.user.is_superuser:
        raise Http404
    slug, problems = request.POST.get("slug", "").strip().lower(), []
    if request.method == "POST":
        if not SLUG.fullmatch(slug) or slug == "new":
            problems = [_("A course’s short name has small Latin letters, digits, - and _ only; it stands in addresses.")]
        elif Course.objects.filter(slug=slug).exists():
            problems = [_("There is a course of this name already. Upload a new version on its own page.")]
        else:
            upload, problems = _taken(request, slug)
            if upload is not None:
                return redirect("courses:uploaded", course=slug, public_id=upload.public_id)
    context = {"slug": slug, "problems": problems, "limit_mb": LIMIT_MB}
    return render(request, "courses/new.html", context, status=422 if problems else 200)


@login_required
@require_safe
def files(request: HttpRequest, course: str) -> HttpResponse:
    """What students get now, as a zip: with keys in it, and with the answers that were accepted here."""
    found = get_object_or_404(courses_managed_by(request.user), slug=course)
    with course_folder(found) as folder:
        content = zip_course(folder)
    headers = {"Content-Disposition": f'attachment; filename="{found.slug}.zip"', "Cache-Control": "private, no-store"}
    return HttpResponse(content, content_type="application/zip", headers=headers)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def restore(request: HttpRequest, course: str, public_id: str) -> HttpResponse:
    """What an earlier state would change, and bringing it back."""
    found = get_object_or_404(publications_of(request.user), public_id=public_id, course__slug=course)
    if request.method == "POST":
        try:
            seen = int(request.POST.get("seen") or 0)
            made = publication_restore(found, by=cast(User, request.user), note=request.POST.get("note", "")[:300], seen=seen)
        except (Superseded, ValueError):
            messages.error(request, _("Somebody else published meanwhile. Look at what would change now."))
            return redirect("courses:restore", course=course, public_id=public_id)
        messages.success(request, _("This state is what students get now.") if made else _("Nothing to change."))
        return redirect("courses:show", course=course)
    context = {
        "course": found.course,
        "publication": found,
        "cause": said.CAUSES[type(found).Cause(found.cause)],
        "changes": said.changes(found.course, found.versions),
        "seen": newest_publication(found.course),
    }
    return render(request, "courses/restore.html", context)
