"""The sections of a course: their names, and the links by which students join them."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from assignments.models import Course
from grader.accounts import sections
from grader.accounts.models import Section
from grader.accounts.queries import sections_of
from grader.accounts.roster.table import clean
from grader.accounts.views.roster import course_managed

LONGEST = 120


@login_required
@require_safe
@never_cache
def show(request: HttpRequest, course: str) -> HttpResponse:
    """All sections; one form each."""
    return _page(request, course_managed(request, course))


@login_required
@require_POST
def add(request: HttpRequest, course: str) -> HttpResponse:
    found = course_managed(request, course)
    name = _name(request)
    if not name:
        return _page(request, found, _("Give the section a name."), status=422)
    try:
        sections.section_add(course=found, name=name)
    except sections.NameTaken:
        return _page(request, found, _taken(name), status=422)
    messages.success(request, _("Section “%(name)s” is added.") % {"name": name})
    return redirect("people:sections", found.slug)


@login_required
@require_POST
def change(request: HttpRequest, course: str, section: str) -> HttpResponse:
    """What one of a section's buttons does: rename, open, close or remove."""
    found = course_managed(request, course)
    row = get_object_or_404(Section.objects.select_related("course"), course=found, public_id=section)
    try:
        said = _done(request, row)
    except sections.NameTaken:
        return _page(request, found, _taken(_name(request)), status=422)
    except sections.NotEmpty:
        return _page(
            request, found, _("“%(name)s” has students or assistants. Move them first.") % {"name": row.name}, status=422
        )
    if said:
        messages.success(request, said % {"name": row.name})
    return redirect("people:sections", found.slug)


def _done(request: HttpRequest, section: Section) -> str:
    match request.POST.get("do"):
        case "rename":
            name = _name(request)
            if not name:
                return ""
            sections.section_rename(section, name=name)
            return _("The section is now called “%(name)s”.")
        case "open":
            sections.section_open(section)
            return _("“%(name)s” has a new link. One that there was before works no more.")
        case "close":
            sections.section_close(section)
            return _("The link of “%(name)s” is closed.")
        case "remove":
            sections.section_remove(section)
            return _("Section “%(name)s” is removed.")
    return ""


def _page(request: HttpRequest, course: Course, problem: str = "", status: int = 200) -> HttpResponse:
    rows = [
        (section, request.build_absolute_uri(reverse("join", args=[section.join_code])) if section.join_code else "")
        for section in sections_of(course)
    ]
    context = {"course": course, "manages": True, "rows": rows, "problem": problem, "typed": _name(request), "longest": LONGEST}
    return render(request, "accounts/sections.html", context, status=status)


def _name(request: HttpRequest) -> str:
    return clean(request.POST.get("name", ""))[:LONGEST]


def _taken(name: str) -> str:
    return _("There is a section “%(name)s” already.") % {"name": name}
