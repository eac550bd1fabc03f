"""Adding people by a file or pasted text: first what it would do, then doing it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from assignments.models import Course
from grader.accounts.models import Role
from grader.accounts.queries import sections_of
from grader.accounts.roster.columns import FIELDS
from grader.accounts.roster.plan import MOST_PEOPLE, Plan, plan_of
from grader.accounts.roster.services import RosterRefused, roster_add
from grader.accounts.roster.table import MOST_BYTES, MOST_COLUMNS, Line, clean, lines_of, text_of
from grader.accounts.views.roster import course_managed


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def add(request: HttpRequest, course: str) -> HttpResponse:
    """The form; with `do=read` what would happen, with `do=add` doing all of it, or nothing and saying why."""
    found = course_managed(request, course)
    if request.method != "POST":
        return _page(request, found, "", None)
    text, problem = _given(request)
    lines = lines_of(text)
    chosen = _chosen(request, lines)
    if problem:
        return _page(request, found, "", None, problem)
    if request.POST.get("do") != "add":
        plan = plan_of(found, lines, **chosen)
        return _page(request, found, text, plan)
    try:
        done = roster_add(course=found, lines=lines, invite=request.POST.get("invite") == "1", **chosen)
    except RosterRefused as refused:
        return _page(request, found, text, refused.plan)
    messages.success(request, _said(done))
    return redirect("people:course", found.slug)


def _given(request: HttpRequest) -> tuple[str, str]:
    """The text of the file, else what was pasted; and what is wrong with it as a whole."""
    file = request.FILES.get("file")
    too_large = _("The file is too large: at most 1 MB. It should hold names and e-mails only.")
    if file is not None and (file.size or 0) > MOST_BYTES:
        return "", too_large
    data = file.read() if file is not None else b""
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        return "", _("This is an Excel file. Save it as CSV (File → Save as → CSV), or copy the cells and paste them below.")
    text = text_of(data) if data.strip() else request.POST.get("text", "")
    if len(text) > MOST_BYTES:
        return "", too_large
    return text, "" if text.strip() else _("Choose a file, or paste the list.")


def _chosen(request: HttpRequest, lines: list[Line]) -> dict[str, Any]:
    """What was chosen beside the text. Columns count only where there are as many as the table has; else they are guessed."""
    role = request.POST.get("role", "")
    width = max((len(line.cells) for line in lines), default=0)
    columns = [request.POST.get(f"column{place}") for place in range(min(width + 1, MOST_COLUMNS))]
    given = [column for column in columns if column is not None]
    known = len(given) == width and all(column in FIELDS for column in given)
    return {
        "role": Role(role) if role in Role.values else Role.STUDENT,
        "section": clean(request.POST.get("section", "")),
        "columns": given if known and not request.FILES.get("file") else [],
    }


def _page(request: HttpRequest, course: Course, text: str, plan: Plan | None, problem: str = "") -> HttpResponse:
    context = {
        "course": course,
        "manages": True,
        "text": text,
        "plan": plan,
        "problem": problem,
        "fields": FIELDS.items(),
        "roles": Role.choices,
        "role": request.POST.get("role", Role.STUDENT),
        "section": request.POST.get("section", ""),
        "invite": request.method != "POST" or request.POST.get("invite") == "1",
        "sections": sections_of(course),
        "most": MOST_PEOPLE,
    }
    if plan is not None:
        titles = [*plan.head, *[""] * (len(plan.columns) - len(plan.head))]
        context["columns"] = list(zip(titles, plan.columns, strict=False))
        context["counts"] = {what: plan.count(what) for what in ("new", "join", "change", "same")}
    wrong = bool(problem) or (plan is not None and not plan.ready)
    return render(request, "accounts/people_add.html", context, status=422 if wrong else 200)


def _said(done: Plan) -> str:
    new, joined, changed = done.count("new"), done.count("join"), done.count("change")
    parts = [
        ngettext("%(number)d new account", "%(number)d new accounts", new) % {"number": new} if new else "",
        ngettext("%(number)d known person joined", "%(number)d known people joined", joined) % {"number": joined}
        if joined
        else "",
        ngettext("%(number)d person changed", "%(number)d people changed", changed) % {"number": changed} if changed else "",
    ]
    return _("Done: %(what)s.") % {"what": ", ".join(part for part in parts if part) or _("everybody was here already")}
