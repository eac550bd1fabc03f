"""`manage.py demo`: the DL-2 course and a small class with known passwords, for trying things out. May be run again."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from assignments.models import Course
from assignments.package import PackageErrors
from assignments.services import course_load
from grader.accounts.models import Role
from grader.accounts.services import enrolment_ensure, person_ensure

# The fixed cast, each with fixed rights; the password is the log-in's name.
CAST = (
    ("student", "Смирнова", "Анна", Role.STUDENT),
    ("classmate", "Кузнецов", "Борис", Role.STUDENT),
    ("classmate2", "Ёлкина", "Вера", Role.STUDENT),
    ("assistant", "Орлов", "Глеб", Role.ASSISTANT),
    ("teacher", "Павлова", "Дарья", Role.TEACHER),
)
OTHER_TEACHER = ("other_teacher", "Фёдоров", "Егор")
ADMIN = ("admin", "Админ", "")
OTHER_COURSE = ("other", {"ru": "Другой курс", "en": "Another course"})


class Command(BaseCommand):
    help = "Loads the course DL-2 and a demo class with known passwords. Needs GRADER_DEMO=1."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.GRADER_DEMO:
            raise CommandError("The demo class has known passwords, so it is made only with GRADER_DEMO=1.")
        course = self._course()
        for username, last_name, first_name, role in CAST:
            user = person_ensure(
                username=username,
                password=username,
                last_name=last_name,
                first_name=first_name,
                email=f"{username}@example.org",  # a domain that nobody has; without MAIL_URL see /dev/mail/
            )
            enrolment_ensure(user=user, course=course, role=role, external_user_id=f"lms-{username}")
        other, _ = Course.objects.get_or_create(slug=OTHER_COURSE[0], defaults={"title": OTHER_COURSE[1]})
        username, last_name, first_name = OTHER_TEACHER
        stranger = person_ensure(username=username, password=username, last_name=last_name, first_name=first_name)
        enrolment_ensure(user=stranger, course=other, role=Role.TEACHER)
        person_ensure(username=ADMIN[0], password=ADMIN[0], last_name=ADMIN[1], admin=True)
        self.stdout.write(f"Demo class of {course}: log in as student/student, teacher/teacher or admin/admin.")

    def _course(self) -> Course:
        folder = settings.BASE_DIR / "assignments" / "courses" / "dl2"
        if not folder.is_dir():
            self.stderr.write(f"No course at {folder}: the class is made without assignments.")
            return Course.objects.get_or_create(slug="dl2", defaults={"title": {"ru": "DL-2", "en": "DL-2"}})[0]
        try:
            loaded = course_load(folder)
        except PackageErrors as errors:
            raise CommandError(str(errors)) from errors
        self.stdout.write(f"{loaded.course}: {len(loaded.changed)} new or changed, {len(loaded.unchanged)} as before.")
        return loaded.course
