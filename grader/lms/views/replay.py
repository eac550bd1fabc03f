"""Telling an endpoint once more what happened in a time: first how much it is, then the button."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from grader.lms.views.endpoints import by, the_endpoint
from grader.lms.webhooks.queries import replay_count
from grader.lms.webhooks.services import EndpointResting, messages_replay

SPANS = {"hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(days=7), "month": timedelta(days=30)}


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def show(request: HttpRequest, endpoint_id: str) -> HttpResponse:
    endpoint = the_endpoint(request, endpoint_id)
    asked = request.POST if request.method == "POST" else request.GET
    span = asked["span"] if asked.get("span") in SPANS else "day"
    what = "all" if asked.get("what") == "all" else "missed"
    until = timezone.now()
    since = until - SPANS[span]
    if request.method != "POST":
        number = replay_count(endpoint, since, until, delivered_too=what == "all")
        context = {
            "endpoint": endpoint,
            "since": since,
            "span": span,
            "what": what,
            "number": number,
        }
        return render(request, "lms/replay.html", context)
    try:
        number = messages_replay(endpoint, since, until, by=by(request), delivered_too=what == "all")
        said = ngettext("%(number)d message is sent.", "%(number)d messages are sent.", number) % {"number": number}
        messages.success(request, said if number else _("There is nothing to send of this time."))
    except EndpointResting:
        messages.error(request, _("The endpoint is paused or switched off. Let it go on first."))
    return redirect("lms:endpoint", endpoint_id)
