from __future__ import annotations

from django.contrib import admin

from grader.admin_parts import Page, ReadOnly, Rows
from grader.lms.models import WebhookDelivery, WebhookEndpoint, WebhookMessage


@admin.register(WebhookEndpoint)
class WebhookEndpointAdmin(ReadOnly, Page):
    """To look at. The site's own pages change them, with a row in the audit log; no page shows a secret again."""

    list_display = ("url", "event_types", "course", "state", "deleted_at")
    exclude = ("secret", "secret_old")


class WebhookDeliveryInline(ReadOnly, Rows):
    model = WebhookDelivery
    extra = 0
    exclude = ("request_headers",)


@admin.register(WebhookMessage)
class WebhookMessageAdmin(ReadOnly, Page):
    list_display = ("endpoint", "event", "state", "tries", "next_try_at")
    list_filter = ("state",)
    inlines = (WebhookDeliveryInline,)
