"""`manage.py doctor`: can this machine grade, and how well guarded?"""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from worker.config import from_settings
from worker.doctor import findings


class Command(BaseCommand):
    help = "Try what a worker needs on this machine. Exit 1 where nothing could be graded."
    requires_system_checks: list[str] = []

    def handle(self, **_: Any) -> None:
        found = list(findings(from_settings()))
        for one in found:
            self.stdout.write(f"{'ok     ' if one.good else 'missing'}  {one.name}: {one.sentence}")
        if any(one.vital and not one.good for one in found):
            raise CommandError("This machine can't grade. The first line marked missing says what to do.")
