"""`manage.py token_create --name … --scope …`: a token for a machine. It is printed once, on the last line."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from assignments.models import Course
from grader.accounts.models import User
from grader.api.tokens import USUAL, Scope, TokenRefused, token_create


class Command(BaseCommand):
    help = "Makes a token for the REST API and prints it: it is shown this once, since only its digest is kept."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--name", required=True, help="what will use it")
        parser.add_argument(
            "--scope", action="append", help=f"several, or by commas, of: {', '.join(Scope)}. Without: {', '.join(USUAL)}"
        )
        parser.add_argument("--course", action="append", help="only this course (several); without, the whole site")
        parser.add_argument("--expires-days", type=int, help="without, it never expires")
        parser.add_argument("--by", help="the log-in of who answers for what it does; without, the first admin")

    def handle(self, *args: Any, name: str, scope: list[str] | None, course: list[str] | None, **options: Any) -> None:
        days = options["expires_days"]
        if days is not None and days < 1:
            raise CommandError("--expires-days must be 1 or more.")
        try:
            token, text = token_create(
                name=name,
                scopes=scope or USUAL,
                courses=_courses(course) if course else None,
                by=_person(options["by"]),
                expires_at=timezone.now() + timedelta(days=days) if days else None,
                origin="manage.py token_create",
            )
        except TokenRefused as refused:
            raise CommandError(str(refused)) from refused
        where = ", ".join(course) if course else "the whole site"
        self.stderr.write(f"{token.public_id} may {', '.join(token.scopes)} in {where}. It is shown this once:")
        self.stdout.write(text)


def _courses(slugs: list[str]) -> list[Course]:
    wanted = {part.strip() for slug in slugs for part in slug.split(",") if part.strip()}
    found = list(Course.objects.filter(slug__in=wanted))
    missing = sorted(wanted - {course.slug for course in found})
    if missing:
        raise CommandError(f"There is no course {', '.join(missing)}.")
    return found


def _person(username: str | None) -> User:
    people = User.objects.filter(is_active=True)
    found = people.filter(username=username) if username else people.filter(is_superuser=True).order_by("pk")
    person = found.first()
    if person is None:
        raise CommandError(f"There is nobody {username!r}." if username else "There is no admin yet: manage.py first_admin.")
    return person
