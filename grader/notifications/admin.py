from __future__ import annotations

from django.contrib import admin

from grader.admin_parts import Page, ReadOnly, Rows
from grader.notifications.models import Mail, MailTry


class MailTryInline(ReadOnly, Rows):
    model = MailTry
    extra = 0


@admin.register(Mail)
class MailAdmin(ReadOnly, Page):
    list_display = ("kind", "person", "state", "why", "tries", "made_at")
    list_filter = ("state", "kind")
    list_select_related = ("person",)
    search_fields = ("person__username", "person__email", "public_id")
    inlines = (MailTryInline,)
