"""People and what they are in a course."""

from __future__ import annotations

from django.contrib.auth.models import AbstractUser
from django.db import models

from assignments.models import Course
from grader.ids import public_id


def user_id() -> str:
    return public_id("usr")


class User(AbstractUser):
    """A person. `is_superuser` is the site's admin; everything else is said by an enrolment."""

    public_id = models.CharField(max_length=40, unique=True, default=user_id, editable=False)
    language = models.CharField(max_length=2, choices=[("ru", "Русский"), ("en", "English")], default="ru")

    def display_name(self) -> str:
        """Last name and first name, as a Russian list has them; else the log-in."""
        return f"{self.last_name} {self.first_name}".strip() or self.username


class Role(models.TextChoices):
    STUDENT = "student"
    ASSISTANT = "assistant"
    TEACHER = "teacher"


class Enrolment(models.Model):
    """A person's role in a course, and the name the LMS knows them by."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="enrolments")
    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="enrolments")
    role = models.CharField(max_length=12, choices=Role.choices, default=Role.STUDENT)
    external_user_id = models.CharField(max_length=255, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "course"], name="one_role_in_a_course"),
            models.UniqueConstraint(
                fields=["course", "external_user_id"], condition=~models.Q(external_user_id=""), name="external_user_in_course"
            ),
        ]
