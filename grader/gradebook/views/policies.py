"""The rules of a course's assignments: listed, and changed after a look at what the change does to grades."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from assignments.models import Assignment, Course
from grader.accounts.models import User
from grader.accounts.names import folded
from grader.accounts.queries import courses_managed_by
from grader.accounts.zones import zone_choices
from grader.gradebook.clock import zone_of
from grader.gradebook.policies import Effect, Rules, RulesChanged, rules_foresee, rules_of, rules_set
from grader.gradebook.views.policy_form import PolicyForm

SHOWN = 200  # grades that the page before a change lists by name


@dataclass(frozen=True)
class Listed:
    assignment: Assignment
    rules: Rules


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def policies(request: HttpRequest, course: str) -> HttpResponse:
    """All assignments with their rules; a POST sets the zone in which the course's deadlines are meant."""
    found = _course(request, course)
    zones = zone_choices()
    if request.method == "POST":
        wanted = request.POST.get("time_zone", "")
        if wanted in {name for name, _label in zones}:
            Course.objects.filter(pk=found.pk).update(time_zone=wanted)
            messages.success(request, _("The clock of the course is set. Deadlines stay the moments that they were."))
        return redirect("gradebook:policies", course=found.slug)
    zone = zone_of(found)
    rows = Assignment.objects.filter(course=found, current_version__isnull=False).order_by("position", "slug")
    context = {
        "course": found,
        "manages": True,
        "zone": zone.key,
        "zones": zones if zone.key in {name for name, _label in zones} else [(zone.key, zone.key), *zones],
        "rows": [Listed(one, rules_of(one)) for one in rows],
    }
    return render(request, "gradebook/policies.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def policy(request: HttpRequest, course: str, slug: str) -> HttpResponse:
    """One assignment's rules. A POST shows what they would do; with `sure` it does it."""
    found = _course(request, course)
    assignment = get_object_or_404(Assignment, course=found, slug=slug, current_version__isnull=False)
    zone, now = zone_of(found), rules_of(assignment)
    context: dict[str, Any] = {"course": found, "manages": True, "assignment": assignment, "zone": zone.key, "now": now}
    if request.method != "POST":
        return render(request, "gradebook/policy.html", context | {"form": PolicyForm.of(now, zone)})
    form = PolicyForm.posted(request.POST)
    rules = form.read(zone, now)
    if rules is None or request.POST.get("back") == "1":
        return render(request, "gradebook/policy.html", context | {"form": form}, status=422 if form.problems else 200)
    if rules == now:
        messages.info(request, _("Nothing was changed: these are the rules already."))
        return redirect("gradebook:policies", course=found.slug)
    if request.POST.get("sure") == "1":
        return _apply(request, context, form, rules)
    effects = rules_foresee(assignment, rules)
    return render(request, "gradebook/policy_foreseen.html", context | {"form": form, "rules": rules} | _foreseen(effects))


def _apply(request: HttpRequest, context: dict[str, Any], form: PolicyForm, rules: Rules) -> HttpResponse:
    assignment = context["assignment"]
    comment = form.comment or _("The rules of this assignment have changed.")
    try:
        effects = rules_set(assignment=assignment, rules=rules, by=cast(User, request.user), comment=comment, seen=form.seen)
    except RulesChanged:
        assignment.refresh_from_db()
        fresh = rules_of(assignment)
        form.seen = fresh.seal
        effects = rules_foresee(assignment, rules)
        context |= {"now": fresh, "form": form, "rules": rules, "overtaken": True}
        return render(request, "gradebook/policy_foreseen.html", context | _foreseen(effects), status=409)
    number = sum(one.score_changes for one in effects)
    said = ngettext("The rules are set; %(number)d grade changed.", "The rules are set; %(number)d grades changed.", number)
    messages.success(request, said % {"number": number})
    return redirect("gradebook:policies", course=context["course"].slug)


def _foreseen(effects: list[Effect]) -> dict[str, Any]:
    changes = [one for one in effects if one.score_changes]
    changes.sort(key=lambda one: folded(one.grade.student.display_name()))
    up = [one for one in changes if (one.then.score or 0) > (one.grade.score or 0)]
    return {"changes": changes[:SHOWN], "number": len(changes), "up": len(up), "down": len(changes) - len(up)}


def _course(request: HttpRequest, slug: str) -> Course:
    return get_object_or_404(courses_managed_by(request.user), slug=slug)
