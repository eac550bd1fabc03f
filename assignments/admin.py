from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest

from assignments.models import Assignment, Course, PackageVersion
from grader.admin_parts import Page, ReadOnly


@admin.register(Course)
class CourseAdmin(Page):
    list_display = ("slug", "created_at")


@admin.register(Assignment)
class AssignmentAdmin(Page):
    """Dates, attempts and policy are a person's; what is asked comes from the package."""

    list_display = ("course", "slug", "opens_at", "due_at", "closes_at", "attempts_allowed", "policy")
    list_filter = ("course",)
    list_select_related = ("course",)
    readonly_fields = ("course", "slug", "title", "current_version", "needs_worker", "max_score")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False


@admin.register(PackageVersion)
class PackageVersionAdmin(ReadOnly, Page):
    list_display = ("assignment", "digest", "created_at")
    list_select_related = ("assignment__course",)
