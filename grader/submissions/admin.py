from __future__ import annotations

from django.contrib import admin

from grader.admin_parts import Page, ReadOnly, Rows
from grader.submissions.models import CheckResult, Run, Submission, TaskResult, WorkerPresence


@admin.register(Submission)
class SubmissionAdmin(ReadOnly, Page):
    list_display = ("public_id", "student", "assignment", "attempt", "state", "charged", "submitted_at")
    list_filter = ("state", "assignment__course")
    list_select_related = ("student", "assignment__course")
    search_fields = ("public_id", "student__username")


class TaskResultInline(ReadOnly, Rows):
    model = TaskResult
    extra = 0


@admin.register(Run)
class RunAdmin(ReadOnly, Page):
    list_display = ("public_id", "submission", "state", "queue", "result", "score", "worker", "claims_lost", "queued_at")
    list_filter = ("state", "queue", "result")
    inlines = (TaskResultInline,)
    search_fields = ("public_id",)


@admin.register(TaskResult)
class TaskResultAdmin(ReadOnly, Page):
    list_display = ("run", "task", "status", "points", "max_points", "code")


@admin.register(CheckResult)
class CheckResultAdmin(ReadOnly, Page):
    list_display = ("task", "kind", "outcome", "code", "points", "max_points")


@admin.register(WorkerPresence)
class WorkerPresenceAdmin(ReadOnly, Page):
    list_display = ("name", "queues", "slots", "sandbox_level", "seen_at")
