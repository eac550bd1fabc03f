"""Courses, their assignments, and the immutable versions of what each assignment asks."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from grader.ids import public_id


def course_id() -> str:
    return public_id("crs")


def assignment_id() -> str:
    return public_id("asg")


def version_id() -> str:
    return public_id("ver")


def publication_id() -> str:
    return public_id("pub")


def upload_id() -> str:
    return public_id("upl")


class Course(models.Model):
    """A course as people know it; what it asks lives in the package versions of its assignments."""

    public_id = models.CharField(max_length=40, unique=True, default=course_id, editable=False)
    slug = models.SlugField(max_length=60, unique=True)
    title = models.JSONField(default=dict)  # {"ru": …, "en": …}
    time_zone = models.CharField(max_length=40, blank=True)  # in which deadlines are meant; empty: the site's
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["slug"]

    def __str__(self) -> str:
        return self.slug


class PackageVersion(models.Model):
    """One assignment's package, by content. Never changed and never deleted: runs are pinned to it.

    `digest` is the SHA-256 of the packed folder, which is also the name of the blob that holds it.
    """

    public_id = models.CharField(max_length=40, unique=True, default=version_id, editable=False)
    assignment = models.ForeignKey("assignments.Assignment", on_delete=models.PROTECT, related_name="versions")
    digest = models.CharField(max_length=64)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["assignment", "digest"], name="package_version_by_content")]

    def __str__(self) -> str:
        return f"{self.assignment} {self.digest[:12]}"


class Assignment(models.Model):
    """What is handed in as one: its place in the course, its dates, and the version that new submissions get."""

    class Device(models.TextChoices):
        CPU = "cpu"
        GPU = "gpu"
        PREFER_GPU = "prefer-gpu"

    class Policy(models.TextChoices):
        BEST = "best"
        LAST = "last"

    public_id = models.CharField(max_length=40, unique=True, default=assignment_id, editable=False)
    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="assignments")
    slug = models.SlugField(max_length=60)
    position = models.PositiveIntegerField(default=0)
    title = models.JSONField(default=dict)
    current_version = models.ForeignKey(PackageVersion, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    device = models.CharField(max_length=12, choices=Device.choices, default=Device.CPU)
    needs_worker = models.BooleanField(default=True)  # False: typed answers only, judged in the request
    max_score = models.DecimalField(max_digits=8, decimal_places=2, default=0)
    attempts_allowed = models.PositiveIntegerField(null=True, blank=True)  # None: without limit
    policy = models.CharField(max_length=8, choices=Policy.choices, default=Policy.BEST)
    opens_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    closes_at = models.DateTimeField(null=True, blank=True)
    cool_down_s = models.PositiveIntegerField(default=0)  # between two attempts of one student
    # [[hours, percent], …] rising: handed in more than so many hours after due_at, the score is less by so many percent.
    late_steps = models.JSONField(default=list, blank=True)

    class Meta:
        ordering = ["course", "position"]
        constraints = [models.UniqueConstraint(fields=["course", "slug"], name="assignment_slug_in_course")]

    def __str__(self) -> str:
        return f"{self.course.slug}/{self.slug}"


class Publication(models.Model):
    """One change of what a course's students get: who, when, why, and every assignment's version after it. Append-only."""

    class Cause(models.TextChoices):
        BEFORE = "before"  # as it was when the first change was made: nobody's act
        UPLOAD = "upload"
        ANSWER = "answer"  # one more answer is right
        ROLLBACK = "rollback"
        COMMAND = "command"  # `manage.py course_load`

    public_id = models.CharField(max_length=40, unique=True, default=publication_id, editable=False)
    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="publications")
    cause = models.CharField(max_length=8, choices=Cause.choices)
    note = models.TextField(blank=True)
    versions = models.JSONField()  # [[slug, public id of its version], …] in the course's order
    changed = models.JSONField(default=list)  # slugs whose version is another than before
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    made_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["-id"]


class CourseUpload(models.Model):
    """A course's folder as somebody sent it, read and found right; its versions are stored, and students get nothing of it
    until it is published. `check_…`: its proof in the sandboxes, and how far it is.
    """

    class Check(models.TextChoices):
        NONE = ""
        WAITING = "waiting"
        DONE = "done"
        STOPPED = "stopped"

    public_id = models.CharField(max_length=40, unique=True, default=upload_id, editable=False)
    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="uploads")
    file_name = models.CharField(max_length=255, blank=True)
    digest = models.CharField(max_length=64)  # blob: the packed folder of the course
    title = models.JSONField(default=dict)
    versions = models.JSONField()  # [[slug, public id of its version], …] in the course's order
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(db_default=Now(), editable=False)
    publication = models.ForeignKey(Publication, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    check_state = models.CharField(max_length=8, choices=Check.choices, default=Check.NONE, blank=True)
    check_mutants = models.BooleanField(default=False)
    check_done = models.PositiveIntegerField(default=0)
    check_total = models.PositiveIntegerField(default=0)
    check_line = models.CharField(max_length=300, blank=True)  # what was tried last
    check_trouble = models.CharField(max_length=300, blank=True)  # our own: why it stopped
    check_problems = models.JSONField(default=list)  # what the proof found wrong: codes and values (`catalogue.values.packed`)
    check_report = models.TextField(blank=True)  # Markdown
    checked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
