"""`manage.py seed_class --students 500`: a made-up class in which every state of a gradebook occurs."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from assignments.models import Course
from grader.gradebook.seed.services import Seeded, class_seed


class Command(BaseCommand):
    help = "Adds a made-up class with all its work to a course. Needs GRADER_DEMO=1, DEBUG=1 or --yes: it can not be taken away."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--students", type=int, required=True)
        parser.add_argument("--course", default="dl2")
        parser.add_argument("--seed", type=int, default=1, help="another number makes another class")
        parser.add_argument("--yes", action="store_true", help="make it on a site that is neither a demo nor for development")

    def handle(self, *args: Any, students: int, course: str = "dl2", seed: int = 1, yes: bool = False, **options: Any) -> None:
        if not (settings.GRADER_DEMO or settings.DEBUG or yes):
            raise CommandError("A made-up class belongs in a demo and can not be taken away: set GRADER_DEMO=1, or say --yes.")
        if not 0 < students <= 5000:
            raise CommandError(f"--students {students} is out of range. Give 1 to 5000.")
        row = Course.objects.filter(slug=course).first()
        if row is None:
            raise CommandError(f"There is no course {course!r}. Load it first: manage.py course_load DIR")
        began = time.monotonic()
        made = class_seed(row, students=students, seed=seed, demo=settings.GRADER_DEMO, tell=self.stderr.write)
        self.stdout.write(said(made, course, time.monotonic() - began))


def said(made: Seeded, course: str, took_s: float) -> str:
    """What was made, and what is next."""
    lines = [f"{made.students} students are new in {course}, with {made.submissions} submissions, in {took_s:.0f} s."]
    if made.there_before:
        lines.append(f"{made.there_before} were there already and were left alone.")
    if made.states:
        lines.append("Grades: " + _counts(made.states) + ".")
        lines.append("Decided: " + _counts(made.decided) + ".")
    lines.append(f"Look at it: /courses/{course}/gradebook/")
    return "\n".join(lines)


def _counts(counted: dict[str, int]) -> str:
    return ", ".join(f"{number} {name}" for name, number in sorted(counted.items()) if number)
