"""`manage.py webhook_create --url … --events …`: a receiver of events. Its secret is printed once, on the last line."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from assignments.models import Course
from grader.events.services import Actor
from grader.events.types import CHOSEN_FROM
from grader.lms.webhooks.services import EndpointRefused, endpoint_create


class Command(BaseCommand):
    help = "Makes a webhook receiver and prints the secret that signs what it is sent."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--url", required=True)
        parser.add_argument(
            "--events", nargs="+", default=["grade.changed"], help=f"separated by spaces or commas, of: {', '.join(CHOSEN_FROM)}"
        )
        parser.add_argument("--course", help="only events of this course")

    def handle(self, *args: Any, url: str, events: list[str], course: str | None, **options: Any) -> None:
        wanted = [name for part in events for name in part.split(",") if name]
        row = Course.objects.filter(slug=course).first() if course else None
        if course and row is None:
            raise CommandError(f"There is no course {course!r}.")
        try:
            endpoint = endpoint_create(url=url, events=wanted, course=row, by=Actor(source="command"))
        except EndpointRefused as problem:
            raise CommandError(str(problem)) from problem
        self.stderr.write(f"{endpoint.public_id} hears of {', '.join(wanted)}. The secret is shown this once:")
        self.stdout.write(endpoint.secret)
