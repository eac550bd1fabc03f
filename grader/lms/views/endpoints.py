"""Endpoints of webhooks, for those who answer for them: made, looked at, changed, paused, tested, told again, deleted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from assignments.models import Course
from grader.accounts.models import User
from grader.accounts.queries import courses_managed_by
from grader.accounts.throttle import address_of
from grader.events.services import Actor
from grader.gradebook.views.paging import pages_around
from grader.lms.models import WebhookEndpoint
from grader.lms.said import EVENTS, MESSAGES, WHY_OFF, kind_says, state_of
from grader.lms.views.forms import Filters, Typed, events_offered, message_rows
from grader.lms.views.spark import spark_of
from grader.lms.webhooks import services
from grader.lms.webhooks.queries import endpoints_managed_by, last_day, last_failures, messages_of
from grader.lms.webhooks.services import EndpointRefused, EndpointResting

PAGE = 50  # messages
TWICE = timedelta(minutes=1)  # the same address for the same course within so long is one that was sent twice


@login_required
@require_safe
@never_cache
def index(request: HttpRequest) -> HttpResponse:
    return _index(request, Typed())


@login_required
@require_POST
@never_cache
def add(request: HttpRequest) -> HttpResponse:
    """A new endpoint. Its secret is in the answer to this form and on no other page."""
    person, courses = manager(request)
    typed = Typed.of(request)
    course = next((one for one in courses if one.slug == typed.course), None)
    if course is None and not (person.is_superuser and typed.course == ""):
        typed.wrong["course"] = _("Choose a course.")
        return _index(request, typed, status=422)
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=person.pk)  # two clicks come one after the other
        alike = WebhookEndpoint.objects.filter(url=typed.url, course=course, deleted_at=None)
        if (twin := alike.filter(created_at__gt=timezone.now() - TWICE).first()) is not None:
            messages.warning(request, _("This endpoint was made a moment ago. If you did not copy its secret, rotate it."))
            return redirect("lms:endpoint", twin.public_id)
        try:
            made = services.endpoint_create(
                url=typed.url,
                events=typed.events,
                by=by(request),
                course=course,
                name=typed.name,
                concurrency=typed.concurrency,
            )
        except EndpointRefused as refused:
            typed.wrong |= refused.problems
            return _index(request, typed, status=422)
    made.refresh_from_db()
    return _page(request, made, fresh=made.secret)


@login_required
@require_safe
@never_cache
def show(request: HttpRequest, endpoint_id: str) -> HttpResponse:
    return _page(request, the_endpoint(request, endpoint_id))


@login_required
@require_POST
@never_cache
def change(request: HttpRequest, endpoint_id: str) -> HttpResponse:
    endpoint = the_endpoint(request, endpoint_id)
    typed = Typed.of(request)
    try:
        services.endpoint_update(
            endpoint, by=by(request), url=typed.url, events=typed.events, name=typed.name, concurrency=typed.concurrency
        )
    except EndpointRefused as refused:
        typed.wrong |= refused.problems
        return _page(request, endpoint, typed, status=422)
    messages.success(request, _("Saved."))
    return redirect("lms:endpoint", endpoint_id)


@login_required
@require_POST
@never_cache
def act(request: HttpRequest, endpoint_id: str) -> HttpResponse:
    """What one of an endpoint's buttons does."""
    endpoint, does = the_endpoint(request, endpoint_id), _DOES.get(request.POST.get("do", ""))
    if does is None:
        raise Http404("no such button")
    try:
        answer = does(request, endpoint)
    except EndpointResting:
        messages.error(request, _("The endpoint is paused or switched off. Let it go on first."))
        answer = None
    return answer or redirect("lms:endpoint", endpoint_id)


def _pause(request: HttpRequest, endpoint: WebhookEndpoint) -> None:
    services.endpoint_pause(endpoint, by=by(request))
    messages.success(request, _("Paused. What happens meanwhile is kept for it."))


def _resume(request: HttpRequest, endpoint: WebhookEndpoint) -> None:
    services.endpoint_resume(endpoint, by=by(request))
    messages.success(request, _("It goes on, and is told what it missed."))


def _ping(request: HttpRequest, endpoint: WebhookEndpoint) -> HttpResponse:
    message = services.endpoint_ping(endpoint, by=by(request))
    messages.success(request, _("A test is on its way. Load this page again to see how it went."))
    return redirect("lms:message", endpoint.public_id, message.event.public_id)


def _rotate(request: HttpRequest, endpoint: WebhookEndpoint) -> HttpResponse | None:
    """A second click would make the secret that the receiver has void at once, so only a page that saw the last one may."""
    with transaction.atomic():
        row = WebhookEndpoint.objects.select_for_update(no_key=True, of=("self",)).get(pk=endpoint.pk)
        if request.POST.get("seen", "") != seen_of(row):
            messages.warning(request, _("The secret has just been rotated. If you did not copy the new one, rotate once more."))
            return None
        secret = services.endpoint_rotate_secret(endpoint, by=by(request))
    return _page(request, the_endpoint(request, endpoint.public_id), fresh=secret)


def _delete(request: HttpRequest, endpoint: WebhookEndpoint) -> HttpResponse:
    services.endpoint_delete(endpoint, by=by(request))
    messages.success(request, _("“%(name)s” is deleted and called no more.") % {"name": str(endpoint)})
    return redirect("lms:endpoints")


_DOES: dict[str, Callable[[HttpRequest, WebhookEndpoint], HttpResponse | None]] = {
    "pause": _pause,
    "resume": _resume,
    "ping": _ping,
    "rotate": _rotate,
    "delete": _delete,
}


def seen_of(endpoint: WebhookEndpoint) -> str:
    """Changes with each rotation."""
    return endpoint.secret_old_until.isoformat() if endpoint.secret_old_until else "first"


def manager(request: HttpRequest) -> tuple[User, list[Course]]:
    """Whoever manages a course says where its events go; to others there is no such page."""
    assert isinstance(request.user, User)
    courses = list(courses_managed_by(request.user))
    if not courses and not request.user.is_superuser:
        raise Http404("manages no course")
    return request.user, courses


def by(request: HttpRequest) -> Actor:
    assert isinstance(request.user, User)
    return Actor(person=request.user.public_id, source=address_of(request))


def the_endpoint(request: HttpRequest, endpoint_id: str) -> WebhookEndpoint:
    return get_object_or_404(endpoints_managed_by(request.user), public_id=endpoint_id)


def _index(request: HttpRequest, typed: Typed, status: int = 200) -> HttpResponse:
    _person, courses = manager(request)
    rows = list(endpoints_managed_by(request.user))
    hours, failures = last_day(rows), last_failures(rows)
    shown = [
        {
            "row": one,
            "state": state_of(one),
            "spark": spark_of(hours[one.pk]),
            "why": kind_says(failures[one.pk]) if one.failing_since and one.pk in failures else "",
        }
        for one in rows
    ]
    context = {"endpoints": shown, "courses": courses, "typed": typed, "events": events_offered(typed.events)}
    return render(request, "lms/endpoints.html", context, status=status)


def _page(
    request: HttpRequest, endpoint: WebhookEndpoint, typed: Typed | None = None, *, fresh: str = "", status: int = 200
) -> HttpResponse:
    typed = typed or Typed.shown(endpoint)
    filters = Filters.of(request)
    page = Paginator(messages_of(endpoint, filters.wanted()), PAGE).get_page(filters.page)
    failure = last_failures([endpoint]).get(endpoint.pk)
    here = reverse("lms:endpoint", args=[endpoint.public_id])  # not where a form was sent to
    context: dict[str, Any] = {
        "endpoint": endpoint,
        "course": endpoint.course,
        "state": state_of(endpoint),
        "why_off": WHY_OFF.get(endpoint.disabled_why, ""),
        "failure": failure,
        "failure_says": kind_says(failure) if failure else "",
        "fresh": fresh,
        "seen": seen_of(endpoint),
        "spark": spark_of(last_day([endpoint])[endpoint.pk]),
        "typed": typed,
        "events": events_offered(typed.events),
        "filters": filters,
        "states": [(value, badge.says) for value, badge in MESSAGES.items()],
        "types": list(EVENTS),
        "rows": message_rows(page.object_list),
        "matching": page.paginator.count,
        "pages": pages_around(page, lambda number: here + filters.address(page=number)),
        "at": page.number,
    }
    return render(request, "lms/endpoint.html", context, status=status)
