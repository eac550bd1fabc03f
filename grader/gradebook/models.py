"""Grades: what a student has for an assignment after policy and overrides, and how it came to be."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from assignments.models import Assignment, PackageVersion
from grader.ids import public_id
from grader.submissions.models import Run, Submission


def grade_id() -> str:
    return public_id("grd")


class Grade(models.Model):
    """One row for a student and assignment: all that a gradebook cell needs, kept by the grading transaction.

    `version` only grows, so whoever hears of two changes in the wrong order knows which is newer.
    """

    class State(models.TextChoices):
        NONE = "none"  # nothing was handed in: the row is there for a teacher's word
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
    penalty = models.DecimalField(max_digits=8, decimal_places=2, default=0)  # points off for being late, in `score` already
    overridden = models.BooleanField(default=False)
    reviews_open = models.PositiveIntegerField(default=0)
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
    reason = models.CharField(max_length=20)  # run, regrade, override, review, late_policy
    comment = models.TextField(blank=True)
    score_from = models.DecimalField(max_digits=8, decimal_places=2, null=True)
    score_to = models.DecimalField(max_digits=8, decimal_places=2, null=True)
    run = models.ForeignKey(Run, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["grade", "version"]
        constraints = [models.UniqueConstraint(fields=["grade", "version"], name="grade_version_once")]


def override_id() -> str:
    return public_id("ovr")


class Override(models.Model):
    """A teacher's word against the computed grade. Append-only: the newest row of a grade applies; without a score it
    takes the one before back.
    """

    public_id = models.CharField(max_length=40, unique=True, default=override_id, editable=False)
    grade = models.ForeignKey(Grade, on_delete=models.PROTECT, related_name="overrides")
    score = models.DecimalField(max_digits=8, decimal_places=2, null=True)
    reason = models.TextField()
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(db_default=Now(), editable=False)
    source = models.CharField(max_length=40, blank=True, db_default="")  # the token that a machine did it with; empty: by a page

    class Meta:
        ordering = ["-id"]


class TaskDecision(models.Model):
    """A person's verdict on one task of a submission, in place of the run's. Append-only: the newest applies, also to later
    runs of the submission; without points it takes the one before back.
    """

    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="decisions")
    task = models.CharField(max_length=20)
    points = models.DecimalField(max_digits=8, decimal_places=2, null=True)
    reason = models.TextField()
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["-id"]


def comment_id() -> str:
    return public_id("cmt")


class Comment(models.Model):
    """Words about a submission: to its student, or (`private`) among those who teach. Append-only."""

    public_id = models.CharField(max_length=40, unique=True, default=comment_id, editable=False)
    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="comments")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    text = models.TextField()
    private = models.BooleanField(default=False)
    written_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["id"]


def review_id() -> str:
    return public_id("rev")


class Review(models.Model):
    """A task of a submission that a person must look at: a check could not decide, or the student asks.

    `locked_until` keeps two people from deciding at once; whoever holds it is `assigned_to`.
    """

    class Cause(models.TextChoices):
        CHECK = "check"
        STUDENT = "student"

    class State(models.TextChoices):
        OPEN = "open"
        DECIDED = "decided"
        MOOT = "moot"  # nothing is left to decide: a newer run judged it, or the student took it back

    public_id = models.CharField(max_length=40, unique=True, default=review_id, editable=False)
    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="reviews")
    task = models.CharField(max_length=20)
    cause = models.CharField(max_length=8, choices=Cause.choices)
    asked = models.TextField(blank=True)  # the student's words
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="reviews_assigned"
    )
    locked_until = models.DateTimeField(null=True, blank=True)
    opened_at = models.DateTimeField(db_default=Now(), editable=False)
    decision = models.ForeignKey(TaskDecision, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    answer = models.TextField(blank=True)  # what the student reads
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["submission", "task", "cause"], condition=models.Q(state="open"), name="one_open_review_each"
            )
        ]


class FeedbackSeen(models.Model):
    """When a student last looked at what people said of their work in an assignment: whatever is newer is unread."""

    student = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    assignment = models.ForeignKey(Assignment, on_delete=models.CASCADE, related_name="+")
    seen_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["student", "assignment"], name="feedback_seen_once_each")]


def regrade_id() -> str:
    return public_id("rgr")


class Regrade(models.Model):
    """A change of many grades that is looked at before it is made: runs that judge again, and what they would change."""

    class State(models.TextChoices):
        TRYING = "trying"  # the dry run is under way
        READY = "ready"
        APPLYING = "applying"
        APPLIED = "applied"
        UNDONE = "undone"
        DROPPED = "dropped"

    public_id = models.CharField(max_length=40, unique=True, default=regrade_id, editable=False)
    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="regrades")
    package_version = models.ForeignKey(PackageVersion, on_delete=models.PROTECT, related_name="+")  # to judge by
    scope = models.JSONField(default=dict)  # which submissions, in words of `regrades.py`
    reason = models.TextField()
    never_lower = models.BooleanField(default=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.TRYING)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(db_default=Now(), editable=False)
    applied_at = models.DateTimeField(null=True, blank=True)
    applied_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["-id"]


class RegradeItem(models.Model):
    """One submission of a regrade: what spoke for it, what would, and whether it does now."""

    class State(models.TextChoices):
        WAITING = "waiting"
        JUDGED = "judged"
        FAILED = "failed"  # by our own fault: it stays as it is, and can be tried again
        APPLIED = "applied"
        KEPT = "kept"  # judged, and left as it was: the same, or lower where nothing may be
        UNDONE = "undone"

    regrade = models.ForeignKey(Regrade, on_delete=models.PROTECT, related_name="items")
    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="+")
    run_before = models.ForeignKey(Run, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    spoke_before = models.ForeignKey(Run, on_delete=models.PROTECT, null=True, blank=True, related_name="+")  # its speaking_run
    run_after = models.ForeignKey(Run, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["regrade", "submission"], name="a_submission_once_a_regrade")]
