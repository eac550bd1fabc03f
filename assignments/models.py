"""Courses, their assignments, and the immutable versions of what each assignment asks."""

from __future__ import annotations

from django.db import models

from grader.ids import public_id


def course_id() -> str:
    return public_id("crs")


def assignment_id() -> str:
    return public_id("asg")


def version_id() -> str:
    return public_id("ver")


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
