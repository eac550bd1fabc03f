"""One message: what it carries, every try to deliver it, and the button that sends it again."""

from __future__ import annotations

import json

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from grader.lms.said import EVENTS, kind_says, message_state
from grader.lms.views.endpoints import by, the_endpoint
from grader.lms.webhooks.queries import deliveries_of
from grader.lms.webhooks.services import EndpointResting, message_redeliver
from grader.lms.webhooks.signing import body_of

TRIES = 100  # the newest that are shown


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def show(request: HttpRequest, endpoint_id: str, message_id: str) -> HttpResponse:
    """The message; a POST sends it again."""
    endpoint = the_endpoint(request, endpoint_id)
    rows = endpoint.messages.select_related("event", "grade__student")
    message = get_object_or_404(rows, event__public_id=message_id)
    message.endpoint = endpoint
    if request.method == "POST":
        try:
            message_redeliver(message, by=by(request))
            messages.success(request, _("It is sent again, under the same id. Load this page again to see how it went."))
        except EndpointResting:
            messages.error(request, _("The endpoint is paused or switched off. Let it go on first."))
        return redirect("lms:message", endpoint_id, message_id)
    tries = list(deliveries_of(message).reverse()[:TRIES])
    context = {
        "endpoint": endpoint,
        "message": message,
        "state": message_state(message),
        "about": EVENTS.get(message.event.type, ""),
        "payload": json.dumps(json.loads(body_of(message.event)), ensure_ascii=False, indent=2),
        "tries": [(one, kind_says(one)) for one in tries],
    }
    return render(request, "lms/message.html", context)
