"""The ledger of a course: per grade what we have, what the LMS was told, why not, and telling it again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, cast
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from assignments.models import Assignment, Course
from grader.accounts.models import User
from grader.accounts.queries import courses_managed_by
from grader.accounts.throttle import address_of
from grader.events.services import Actor
from grader.gradebook.views.paging import pages_around
from grader.lms.ledger import Narrowed, endpoints_told, grades_told, host_of, lines_of
from grader.lms.models import WebhookEndpoint
from grader.lms.said import state_of
from grader.lms.webhooks.queries import endpoints_managed_by
from grader.lms.webhooks.services import EndpointResting
from grader.lms.webhooks.telling import grades_tell_again

PAGE = 100  # grades
MOST = 20_000  # grades that one press of the button sends


@dataclass(frozen=True)
class Filters:
    """They stay in the address."""

    endpoint: str = ""
    show: str = ""  # behind, or all
    name: str = ""
    assignment: str = ""
    page: int = 1

    @classmethod
    def of(cls, request: HttpRequest) -> Filters:
        given, page = request.GET, request.GET.get("page", "")
        return cls(
            endpoint=given.get("endpoint", "")[:40].replace("\0", ""),
            show="behind" if given.get("show") == "behind" else "",
            name=given.get("name", "")[:255].replace("\0", "").strip(),
            assignment=given.get("assignment", "")[:60].replace("\0", ""),
            page=int(page) if page.isascii() and page.isdigit() and len(page) < 7 else 1,
        )

    @property
    def narrowed(self) -> Narrowed:
        return Narrowed(behind=self.show == "behind", name=self.name, assignment=self.assignment)

    def address(self, **changes: Any) -> str:
        """`?show=…&page=…`, without what is as ever; "?" alone where all is."""
        wanted, ever = replace(self, **changes), Filters()
        return "?" + urlencode({name: value for name, value in vars(wanted).items() if value != getattr(ever, name)})


@login_required
@require_safe
@never_cache
def show(request: HttpRequest, course: str) -> HttpResponse:
    """One endpoint at a time; filters stay in the address."""
    user, found = _who(request, course)
    filters, endpoints = Filters.of(request), endpoints_told(found)
    endpoint = _chosen(endpoints, filters)
    context: dict[str, Any] = {"course": found, "manages": True, "endpoints": endpoints, "endpoint": endpoint, "filters": filters}
    if endpoint is not None:
        page = Paginator(grades_told(found, endpoint, filters.narrowed), PAGE).get_page(filters.page)
        context |= {
            "lines": lines_of(found, endpoint, list(page.object_list)),
            "matching": page.paginator.count,
            "behind": grades_told(found, endpoint, replace(filters.narrowed, behind=True)).count(),
            "pages": pages_around(page, lambda number: filters.address(page=number)),
            "at": page.number,
            "assignments": Assignment.objects.filter(course=found, current_version__isnull=False).order_by("position", "slug"),
            "host": host_of(endpoint),
            "its_state": state_of(endpoint),
            "mine": endpoints_managed_by(user).filter(pk=endpoint.pk).exists(),
            "kept": filters.address(),
            "narrowed": filters.narrowed != Narrowed(),
        }
    return render(request, "lms/ledger.html", context)


@login_required
@require_POST
@never_cache
def send(request: HttpRequest, course: str) -> HttpResponse:
    """Tell one grade again, or all that the filter leaves and the endpoint lacks."""
    user, found = _who(request, course)
    filters = Filters.of(request)
    endpoint = _chosen(endpoints_told(found), filters)
    back = redirect(reverse("lms:ledger", args=[found.slug]) + filters.address())
    if endpoint is None:
        return back
    one = request.POST.get("grade", "")[:40].replace("\0", "")
    if one:
        rows = grades_told(found, endpoint, Narrowed()).filter(public_id=one)
    else:
        rows = grades_told(found, endpoint, replace(filters.narrowed, behind=True))
    by = Actor(person=user.public_id, source=address_of(request))
    try:
        sent = grades_tell_again(endpoint, list(rows[:MOST]), course_slug=found.slug, by=by)
    except EndpointResting:
        messages.warning(request, _("Nothing was sent: this endpoint is paused or switched off. Let it go on first."))
        return back
    said = ngettext("%(number)s grade is being sent.", "%(number)s grades are being sent.", sent) % {"number": sent}
    messages.success(request, said if sent else _("There is nothing to send."))
    return back


def _who(request: HttpRequest, slug: str) -> tuple[User, Course]:
    """Whoever manages the course; to others there is no such page."""
    user = cast(User, request.user)
    return user, get_object_or_404(courses_managed_by(user), slug=slug)


def _chosen(endpoints: list[WebhookEndpoint], filters: Filters) -> WebhookEndpoint | None:
    """The one that the address names, else the first."""
    named = [one for one in endpoints if one.public_id == filters.endpoint]
    return next(iter(named or endpoints), None)
