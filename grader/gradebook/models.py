"""Grades: what a student has for an assignment after policy and overrides, and how it came to be."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from assignments.models import Assignment
from grader.ids import public_id
from grader.submissions.models import Run


def grade_id() -> str:
    return public_id("grd")


class Grade(models.Model):
    """One row for a student and assignment: all that a gradebook cell needs, kept by the grading transaction.

    `version` only grows, so whoever hears of two changes in the wrong order knows which is newer.
    """

    class State(models.TextChoices):
        WAITING = "waiting"  # the latest submission is queued or running
        GRADED = "graded"
        BROKEN = "broken"
        REVIEW = "review"
        PROBLEM = "problem"  # our own fault: not judged or quarantined
        CANCELLED = "cancelled"  # by the student, each time: there is nothing to grade

    public_id = models.CharField(max_length=40, unique=True, default=grade_id, editable=False)
    student = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="grades")
    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="grades")
    score = models.DecimalField(max_digits=8, decimal_places=2, null=True, blank=True)  # None: nothing graded yet
    max_score = models.DecimalField(max_digits=8, decimal_places=2, default=0)
    version = models.PositiveIntegerField(default=0)
    run = models.ForeignKey(Run, on_delete=models.PROTECT, null=True, blank=True, related_name="+")  # the one that counts
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveIntegerField(default=0)
    late = models.BooleanField(default=False)
    latest_submission = models.CharField(max_length=40, blank=True)  # public id, so that a cell links without a join
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["student", "assignment"], name="one_grade_each")]


class GradeChange(models.Model):
    """One step in a grade's history: who, when, why, from, to. Append-only."""

    grade = models.ForeignKey(Grade, on_delete=models.PROTECT, related_name="history")
    version = models.PositiveIntegerField()
    changed_at = models.DateTimeField(db_default=Now())
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    reason = models.CharField(max_length=20)  # run, regrade, override, late_policy
    comment = models.TextField(blank=True)
    score_from = models.DecimalField(max_digits=8, decimal_places=2, null=True)
    score_to = models.DecimalField(max_digits=8, decimal_places=2, null=True)
    run = models.ForeignKey(Run, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["grade", "version"]
        constraints = [models.UniqueConstraint(fields=["grade", "version"], name="grade_version_once")]
