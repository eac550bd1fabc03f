from __future__ import annotations

from django.contrib import admin

from grader.admin_parts import Page, ReadOnly, Rows
from grader.gradebook.models import Grade, GradeChange


class GradeChangeInline(ReadOnly, Rows):
    model = GradeChange
    extra = 0


@admin.register(Grade)
class GradeAdmin(ReadOnly, Page):
    list_display = ("student", "assignment", "score", "max_score", "state", "version", "attempts")
    list_filter = ("state", "assignment__course")
    list_select_related = ("student", "assignment__course")
    inlines = (GradeChangeInline,)
    search_fields = ("student__username", "public_id")
