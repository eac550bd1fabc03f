from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest

from assignments.models import Assignment, Course, PackageVersion
from grader.admin_parts import Page, ReadOnly


@admin.register(Course)
class CourseAdmin(Page):
    """Its clock alone: names come from its package, and a new one from `/courses/new/`."""

    list_display = ("slug", "created_at")
    readonly_fields = ("slug", "title")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False


@admin.register(Assignment)
class AssignmentAdmin(ReadOnly, Page):
    """To look at. Dates, attempts and lateness are set on the course's own pages, which bring grades up to date with them."""

    list_display = ("course", "slug", "opens_at", "due_at", "closes_at", "attempts_allowed", "policy")
    list_filter = ("course",)
    list_select_related = ("course",)


@admin.register(PackageVersion)
class PackageVersionAdmin(ReadOnly, Page):
    list_display = ("assignment", "digest", "created_at")
    list_select_related = ("assignment__course",)
