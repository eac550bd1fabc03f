"""`manage.py seed_class --students 200`: many students for looking at big pages. They can't log in by password."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from assignments.models import Course
from grader.accounts.models import Role
from grader.accounts.services import enrolment_ensure, person_ensure

LAST = ("Иванов", "Петров", "Сидоров", "Ёжиков", "Волков", "Зайцев", "Соколов", "Лебедев", "Козлов", "Новиков", "Морозов")
FIRST = ("Александр", "Женя", "Саша", "Никита", "Максим", "Артём", "Слава", "Илья", "Кирилл", "Миша", "Юра", "Олег", "Паша")


class Command(BaseCommand):
    help = "Adds made-up students to a course. Needs GRADER_DEMO=1."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--students", type=int, required=True)
        parser.add_argument("--course", default="dl2")

    def handle(self, *args: Any, students: int, course: str, **options: Any) -> None:
        if not settings.GRADER_DEMO:
            raise CommandError("Made-up students belong in a demo only: set GRADER_DEMO=1.")
        if not 0 < students <= 5000:
            raise CommandError(f"--students {students} is out of range. Give 1 to 5000.")
        row = Course.objects.filter(slug=course).first()
        if row is None:
            raise CommandError(f"There is no course {course!r}. Load it first: manage.py course_load DIR")
        for number in range(1, students + 1):
            last, first = LAST[number % len(LAST)], FIRST[number % len(FIRST)]
            user = person_ensure(username=f"seed{number:04}", password=None, last_name=last, first_name=first)
            enrolment_ensure(user=user, course=row, role=Role.STUDENT, external_user_id=f"seed-{number:04}")
        self.stdout.write(f"{students} students are in {course}.")
