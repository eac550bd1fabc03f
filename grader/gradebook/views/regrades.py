"""Regrades: the list and how one is started, one with what it changes, and the four things that can be done with it.

For those who decide in a course. What takes long goes on in the background; the page shows how far it is, by htmx every two
seconds, or reloading itself where there is no JavaScript.
"""

from __future__ import annotations

from typing import Any, cast
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from assignments.models import Assignment
from assignments.queries import package_of
from grader.accounts.models import User
from grader.accounts.queries import courses_managed_by
from grader.gradebook.models import Regrade
from grader.gradebook.regrading import preview
from grader.gradebook.regrading.services import (
    RegradeRefused,
    regrade_apply,
    regrade_drop,
    regrade_retry,
    regrade_start,
    regrade_undo,
)
from grader.gradebook.views import regrade_words as words
from grader.gradebook.views.paging import pages_around
from grader.gradebook.views.regrade_form import RegradeForm

PAGE = 50
State = Regrade.State


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def regrades(request: HttpRequest, course: str) -> HttpResponse:
    """A course's regrades. `?assignment=` opens the form that starts one; by post it is started."""
    found = get_object_or_404(courses_managed_by(request.user), slug=course)
    offered = list(preview.assignments_with_work(found.pk))
    slug = request.POST.get("assignment") or request.GET.get("assignment", "")
    chosen = next((one for one in offered if one.slug == slug), None)
    form = None if chosen is None else RegradeForm.of(request, chosen)
    if request.method == "POST" and form is not None and chosen is not None and not form.problems:
        started = _started(request, form, chosen)
        if started is not None:
            return redirect("gradebook:regrade", public_id=started.public_id)
    rows = [(one, words.state_of(one, goes_on=preview.goes_on(one))) for one in preview.regrades_of(found.pk)[:200]]
    context = {"course": found, "offered": offered, "chosen": chosen, "form": form, "rows": rows}
    return render(request, "gradebook/regrades.html", context, status=422 if form is not None and form.problems else 200)


def _started(request: HttpRequest, form: RegradeForm, assignment: Assignment) -> Regrade | None:
    try:
        return regrade_start(
            assignment=assignment,
            scope=form.scope,
            by=cast(User, request.user),
            reason=form.reason,
            never_lower=form.never_lower,
            package_version=form.version,
        )
    except RegradeRefused as refusal:
        form.problems.append(words.refusal(refusal.code))
        return None


@login_required
@require_safe
@never_cache
def regrade(request: HttpRequest, public_id: str) -> HttpResponse:
    """What it changes, narrowed by `?way=`. `?never_lower=0` shows what would come of it if points may be lost."""
    found = _regrade(request, public_id)
    goes_on = preview.goes_on(found)
    context = _progress(found, goes_on)
    if request.headers.get("HX-Request"):
        answer = render(request, "gradebook/parts/regrade_progress.html", context)
        if not goes_on:
            answer["HX-Refresh"] = "true"
        return answer
    return render(request, "gradebook/regrade.html", context | _table(request, found))


def _progress(found: Regrade, goes_on: bool) -> dict[str, Any]:
    counts = preview.counts_of(found)
    judging = found.state == State.TRYING
    return {
        "regrade": found,
        "course": found.assignment.course,
        "state": words.state_of(found, goes_on=goes_on),
        "goes_on": goes_on,
        "counts": counts,
        "judging": judging,
        "done": counts.moved if found.state in (State.APPLYING, State.APPLIED, State.UNDONE) else counts.judged,
    }


def _table(request: HttpRequest, found: Regrade) -> dict[str, Any]:
    way = request.GET.get("way", "")
    asked = request.GET.get("never_lower")
    fixed = found.state not in (State.TRYING, State.READY)
    never_lower = found.never_lower if fixed or asked not in ("0", "1") else asked == "1"
    items = preview.items_of(found, way).order_by("submission__student__last_name", "submission__student__username", "id")
    page = Paginator(preview.for_rows(items), PAGE).get_page(request.GET.get("page"))
    rows = preview.rows_of(found, list(page.object_list), never_lower=never_lower)
    package = package_of(found.package_version)
    return {
        "scope": words.scope_of(found.scope),
        "version": found.package_version,
        "current": found.assignment.current_version_id == found.package_version_id,
        "lines": [words.line_of(row, package) for row in rows],
        "pages": pages_around(page, lambda n: "?" + urlencode({"way": way, "never_lower": int(never_lower), "page": n})),
        "at": page.number,
        "way": way,
        "ways": words.ways(preview.counts_of(found)),
        "never_lower": never_lower,
        "may_apply": found.state == State.READY,
        "may_undo": found.state in (State.APPLYING, State.APPLIED),
        "may_drop": found.state in (State.TRYING, State.READY),
    }


@login_required
@require_POST
def act(request: HttpRequest, public_id: str, verb: str) -> HttpResponse:
    """Apply, undo, drop, or judge again what failed."""
    found, by = _regrade(request, public_id), cast(User, request.user)
    try:
        if verb == "apply":
            regrade_apply(found, by=by, never_lower=request.POST.get("never_lower") == "1")
        elif verb == "undo":
            regrade_undo(found, by=by)
        elif verb == "drop":
            regrade_drop(found, by=by)
        else:
            regrade_retry(found)
    except RegradeRefused as refusal:
        messages.error(request, words.refusal(refusal.code))
    return redirect("gradebook:regrade", public_id=public_id)


def _regrade(request: HttpRequest, public_id: str) -> Regrade:
    mine: Any = Regrade.objects.filter(assignment__course__in=courses_managed_by(request.user))
    related = ("assignment__course", "package_version__assignment__course", "made_by", "applied_by", "undone_by")
    found: Regrade = get_object_or_404(mine.select_related(*related), public_id=public_id)
    return found
