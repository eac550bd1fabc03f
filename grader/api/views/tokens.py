"""Tokens, for the people who answer for them: made, looked at, replaced, revoked; and what a course lets machines do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from assignments.models import Course
from grader.accounts.models import User
from grader.accounts.queries import courses_managed_by
from grader.accounts.throttle import address_of
from grader.api.models import ApiToken, CourseRules
from grader.api.tokens import USUAL, Scope, TokenRefused, rules_set, token_create, token_revoke, token_rotate, tokens_of

SAYS: dict[Scope, str | Promise] = {
    Scope.SUBMISSIONS_WRITE: gettext_lazy("hand in for students, and cancel"),
    Scope.SUBMISSIONS_READ: gettext_lazy("read submissions and results"),
    Scope.GRADES_READ: gettext_lazy("read grades and their history"),
    Scope.GRADES_WRITE: gettext_lazy("set grades, answer reviews, regrade"),
    Scope.ROSTERS_READ: gettext_lazy("read who is in a course"),
    Scope.ROSTERS_WRITE: gettext_lazy("enrol people and end their places"),
    Scope.WEBHOOKS_MANAGE: gettext_lazy("manage webhooks"),
    Scope.ADMIN: gettext_lazy("all of this"),
}
LIVES = (30, 90, 180, 365)  # days that a form offers; 0: without end


@dataclass
class Typed:
    """What a form held, kept when it is refused."""

    name: str = ""
    scopes: Iterable[str] = USUAL
    courses: Iterable[str] = ()
    days: str = "365"
    wrong: str = ""
    whole_site: bool = False
    lives: tuple[int, ...] = field(default=LIVES)


@login_required
@require_safe
@never_cache
def show(request: HttpRequest) -> HttpResponse:
    return _page(request, Typed())


@login_required
@require_POST
@never_cache
def add(request: HttpRequest) -> HttpResponse:
    """A new token, shown in the answer to this form and never again."""
    person, courses = _manager(request)
    typed = _typed(request)
    chosen = [course for course in courses if course.slug in typed.courses]
    try:
        days = int(typed.days) if typed.days in {"0", *map(str, LIVES)} else LIVES[-1]
        _token, text = token_create(
            name=typed.name,
            scopes=typed.scopes,
            courses=None if typed.whole_site else chosen,
            by=person,
            expires_at=timezone.now() + timedelta(days=days) if days else None,
            origin=address_of(request),
        )
    except TokenRefused:
        typed.wrong = _("Give the token a name, at least one thing that it may do, and at least one course.")
        return _page(request, typed, status=422)
    return _page(request, Typed(), fresh=text)


@login_required
@require_POST
@never_cache
def change(request: HttpRequest, token_id: str) -> HttpResponse:
    """What one of a token's buttons does: revoke it, or make another in its place."""
    person, _courses = _manager(request)
    token = get_object_or_404(tokens_of(person), public_id=token_id)
    if request.POST.get("do") == "rotate":
        try:
            _made, text = token_rotate(token, by=person, origin=address_of(request))
        except TokenRefused:
            messages.error(request, _("This token can't be replaced by you. Make a new one."))
            return redirect("api-tokens")
        return _page(request, Typed(), fresh=text)
    token_revoke(token, by=person, origin=address_of(request))
    messages.success(request, _("Token “%(name)s” is revoked.") % {"name": token.name})
    return redirect("api-tokens")


@login_required
@require_POST
def rules(request: HttpRequest, course: str) -> HttpResponse:
    """Whether a course enrols whoever is handed in for."""
    person, _courses = _manager(request)
    row = get_object_or_404(courses_managed_by(person), slug=course)
    rules_set(course=row, provisions_students=request.POST.get("do") == "on", by=person, origin=address_of(request))
    messages.success(request, _("Saved."))
    return redirect("api-tokens")


def _typed(request: HttpRequest) -> Typed:
    post = request.POST
    return Typed(
        name=post.get("name", "").strip(),
        scopes=post.getlist("scope"),
        courses=post.getlist("course"),
        days=post.get("days", ""),
        whole_site="whole_site" in post,
    )


def _manager(request: HttpRequest) -> tuple[User, list[Course]]:
    """Whoever manages a course may make tokens for it; to others there is no such page."""
    assert isinstance(request.user, User)
    courses = list(courses_managed_by(request.user))
    if not courses and not request.user.is_superuser:
        raise Http404("manages no course")
    return request.user, courses


@dataclass(frozen=True)
class TokenShown:
    token: ApiToken
    ended: bool
    where: list[Course]


def _page(request: HttpRequest, typed: Typed, *, fresh: str = "", status: int = 200) -> HttpResponse:
    person, courses = _manager(request)
    now = timezone.now()
    enrolling = set(CourseRules.objects.filter(course__in=courses, provisions_students=True).values_list("course_id", flat=True))
    scopes = [(scope, SAYS[scope], scope in typed.scopes) for scope in Scope if scope is not Scope.ADMIN or person.is_superuser]
    context = {
        "fresh": fresh,
        "typed": typed,
        "tokens": [TokenShown(one, one.ended(now), list(one.courses.all())) for one in tokens_of(person)],
        "scopes": scopes,
        "courses": [(course, course.slug in typed.courses or len(courses) == 1, course.pk in enrolling) for course in courses],
        "lives": [(days, str(days) == typed.days) for days in (*typed.lives, 0)],
    }
    return render(request, "api/tokens.html", context, status=status)
