"""Looking after endpoints: those who decide are warned after a day of nothing but failures, after five it is switched off; and
what is older than thirty days is forgotten.
"""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet
from django.db.models.functions import Now

from grader.accounts.models import Enrolment, Role, User
from grader.events.services import Actor, audit_add, events_add, moment_text
from grader.lms.models import WebhookDelivery, WebhookEndpoint, WebhookMessage
from grader.lms.webhooks.outbox import horizons_move

WARN = timedelta(days=1)
SWITCH_OFF = timedelta(days=5)
KEPT = timedelta(days=30)
FORGET_BATCH = 5000
TROUBLE = "endpoint.trouble"  # to each person who is told; a letter is made of it. No webhook carries it.

State = WebhookEndpoint.State


def webhooks_watch() -> None:
    horizons_move()
    endpoints_switch_off()
    endpoints_warn()
    messages_forget()


@transaction.atomic
def endpoints_switch_off() -> int:
    """Endpoints that have only failed for five days are called no more. Nothing is lost: resuming tells all that they missed."""
    rows = list(_failing(SWITCH_OFF))
    for endpoint in rows:
        WebhookEndpoint.objects.filter(pk=endpoint.pk).update(
            state=State.DISABLED, disabled_why=WebhookEndpoint.Why.FAILING, state_since=Now()
        )
        course = endpoint.course.slug if endpoint.course else ""
        audit_add("endpoint.disabled", by=Actor(source="watch"), course_slug=course, data={"endpoint_id": endpoint.public_id})
        _tell(endpoint, "disabled")
    return len(rows)


@transaction.atomic
def endpoints_warn() -> int:
    """One letter to each who decides, when an endpoint has failed for a day, or has said that it wants no more."""
    failing = list(_failing(WARN).filter(warned_at=None))
    gone = list(_locked().filter(state=State.DISABLED, disabled_why=WebhookEndpoint.Why.GONE, warned_at=None))
    for endpoint in failing + gone:
        WebhookEndpoint.objects.filter(pk=endpoint.pk).update(warned_at=Now())
        _tell(endpoint, "gone" if endpoint.state == State.DISABLED else "failing")
    return len(failing) + len(gone)


def _locked() -> QuerySet[WebhookEndpoint]:
    rows = WebhookEndpoint.objects.select_for_update(skip_locked=True, no_key=True, of=("self",))
    return rows.filter(deleted_at=None).select_related("course")


def _failing(time: timedelta) -> QuerySet[WebhookEndpoint]:
    return _locked().filter(state=State.ACTIVE, failing_since__lte=Now() - time)


def _tell(endpoint: WebhookEndpoint, what: str) -> None:
    since = moment_text(endpoint.failing_since) or ""
    said = {"endpoint_id": endpoint.public_id, "host": urlsplit(endpoint.url).hostname or "", "what": what, "since": since}
    rows = [{"user_id": person.public_id, **said} for person in deciders(endpoint)]
    events_add(event_type=TROUBLE, course_slug=endpoint.course.slug if endpoint.course else "", rows=rows)


def deciders(endpoint: WebhookEndpoint) -> list[User]:
    """The site's admins, and the teachers of the endpoint's course."""
    admins = User.objects.filter(is_superuser=True, is_active=True)
    if endpoint.course is None:
        return list(admins)
    teachers = Enrolment.objects.filter(course=endpoint.course, role=Role.TEACHER)
    return list(admins | User.objects.filter(pk__in=teachers.values("user"), is_active=True))


def messages_forget() -> int:
    """Drop what is older than thirty days and waits no longer, a batch at a time, and endpoints that were deleted before that."""
    old = WebhookMessage.objects.filter(event__created_at__lt=Now() - KEPT).exclude(state=WebhookMessage.State.WAITING)
    # Behind the horizon only: else the message would be made anew.
    old = old.filter(endpoint__last_event__gte=F("event_id")) | old.filter(endpoint__deleted_at__isnull=False)
    fresh = WebhookDelivery.objects.filter(message=OuterRef("pk"), tried_at__gte=Now() - KEPT)
    ids = list(old.filter(~Exists(fresh)).order_by("id").values_list("pk", flat=True)[:FORGET_BATCH])
    WebhookMessage.objects.filter(pk__in=ids).delete()
    WebhookEndpoint.objects.filter(deleted_at__lt=Now() - KEPT, messages=None).delete()
    return len(ids)
