"""`manage.py course_load DIR`: make a course's folder what new submissions get. Unchanged content makes no new version."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from assignments.package import PackageErrors
from assignments.services import course_load


class Command(BaseCommand):
    help = "Loads a course's folder into the database. What is wrong with it is said all at once, and then nothing is loaded."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, metavar="DIR")

    def handle(self, *args: Any, folder: Path, **options: Any) -> None:
        if not folder.is_dir():
            raise CommandError(f"{folder} is no folder.")
        try:
            loaded = course_load(folder.resolve())
        except PackageErrors as errors:
            raise CommandError(str(errors)) from errors
        for slug in loaded.changed:
            self.stdout.write(f"{loaded.course}/{slug}: new version")
        self.stdout.write(f"{loaded.course}: {len(loaded.changed)} new or changed, {len(loaded.unchanged)} as before.")
