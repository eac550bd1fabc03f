"""People and what they are in a course."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models.functions import Lower, Now
from django.utils.translation import gettext_lazy as _

from assignments.models import Assignment, Course
from grader.accounts.names import listed_name
from grader.ids import public_id


def user_id() -> str:
    return public_id("usr")


class User(AbstractUser):
    """A person. `is_superuser` is the site's admin; everything else is said by an enrolment."""

    public_id = models.CharField(max_length=40, unique=True, default=user_id, editable=False)
    language = models.CharField(max_length=2, choices=[("ru", "Русский"), ("en", "English")], default="ru")
    # What this person wants mail of; each mail says where to change it.
    mail_results = models.BooleanField(default=True)
    mail_reviews = models.BooleanField(default=True)
    mail_extensions = models.BooleanField(default=True)
    shortcuts = models.BooleanField(default=True)  # keys of one letter: who dictates to the computer switches them off
    time_zone = models.CharField(max_length=40, blank=True)  # in which this person reads times; empty: the site's

    class Meta(AbstractUser.Meta):
        indexes = [models.Index(Lower("email"), name="people_by_email")]

    @property
    def unused(self) -> bool:
        """Nobody has ever come in by this account, and nobody could by now."""
        return self.last_login is None and not self.has_usable_password() and not self.is_staff and not self.is_superuser

    def display_name(self) -> str:
        return listed_name(self.last_name, self.first_name, self.username)


class Role(models.TextChoices):
    STUDENT = "student", _("Student")
    ASSISTANT = "assistant", _("Assistant")
    TEACHER = "teacher", _("Teacher")


def section_id() -> str:
    return public_id("sec")


class Section(models.Model):
    """A group of a course's students, which they may join by a link that holds `join_code` (empty: closed)."""

    public_id = models.CharField(max_length=40, unique=True, default=section_id, editable=False)
    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="sections")
    name = models.CharField(max_length=120)
    join_code = models.CharField(max_length=40, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["course", "name"]
        constraints = [
            models.UniqueConstraint(fields=["course", "name"], name="section_name_in_course"),
            models.UniqueConstraint(fields=["join_code"], condition=~models.Q(join_code=""), name="join_code_once"),
        ]

    def __str__(self) -> str:
        return self.name


class Enrolment(models.Model):
    """A person's role in a course, and the name the LMS knows them by."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="enrolments")
    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="enrolments")
    role = models.CharField(max_length=12, choices=Role.choices, default=Role.STUDENT)
    external_user_id = models.CharField(max_length=255, blank=True)
    section = models.ForeignKey(Section, on_delete=models.PROTECT, null=True, blank=True, related_name="members")
    # An assistant sees the students of these sections only; of the whole course where there are none.
    limited_to = models.ManyToManyField(Section, blank=True, related_name="assistants")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "course"], name="one_role_in_a_course"),
            models.UniqueConstraint(
                fields=["course", "external_user_id"], condition=~models.Q(external_user_id=""), name="external_user_in_course"
            ),
        ]


def extension_id() -> str:
    return public_id("ext")


class Extension(models.Model):
    """More time or attempts for a student in an assignment. Append-only: the newest row applies, an empty one takes it back."""

    public_id = models.CharField(max_length=40, unique=True, default=extension_id, editable=False)
    student = models.ForeignKey(User, on_delete=models.PROTECT, related_name="extensions")
    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="extensions")
    due_at = models.DateTimeField(null=True, blank=True)  # None: as for everybody
    closes_at = models.DateTimeField(null=True, blank=True)
    more_attempts = models.PositiveIntegerField(default=0)
    reason = models.TextField()
    given_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    given_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["-id"]

    @property
    def gives(self) -> bool:
        """False of a row that takes the one before back."""
        return self.due_at is not None or self.closes_at is not None or self.more_attempts > 0


class Tries(models.Model):
    """How often something that may be guessed was tried in vain lately, and until when it is refused (`throttle.py`)."""

    key = models.CharField(max_length=80, primary_key=True)
    count = models.PositiveIntegerField(default=0)
    last_at = models.DateTimeField(db_default=Now())
    closed_until = models.DateTimeField(null=True, blank=True)
