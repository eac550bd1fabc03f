from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest

from grader.admin_parts import Page, ReadOnly, Rows
from grader.lms.models import WebhookDelivery, WebhookEndpoint, WebhookMessage


@admin.register(WebhookEndpoint)
class WebhookEndpointAdmin(Page):
    """Made by `manage.py webhook_create`, which shows the secret once; here it can be switched off and on."""

    list_display = ("url", "event_types", "course", "active")
    exclude = ("secret",)
    readonly_fields = ("url", "event_types", "course", "last_event")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: WebhookEndpoint | None = None) -> bool:
        return False  # its deliveries are facts


class WebhookDeliveryInline(ReadOnly, Rows):
    model = WebhookDelivery
    extra = 0


@admin.register(WebhookMessage)
class WebhookMessageAdmin(ReadOnly, Page):
    list_display = ("endpoint", "event", "state", "tries", "next_try_at")
    list_filter = ("state",)
    inlines = (WebhookDeliveryInline,)
