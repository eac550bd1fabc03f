"""`manage.py blobs_clean [--dry-run]`: remove kept files that nothing refers to. Beat does it each hour."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from grader.submissions.unreferenced import GRACE_S, blobs_clean


class Command(BaseCommand):
    help = f"Remove kept files (GRADER_HOME/blobs) that no row refers to and that nobody has sent for {GRACE_S // 60} minutes."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only say what would be removed")

    def handle(self, *, dry_run: bool, **_: Any) -> None:
        done = blobs_clean(dry_run=dry_run)
        verb = "would be removed" if dry_run else "removed"
        self.stdout.write(f"{done.removed} files, {done.freed_bytes / 1e6:.1f} MB, {verb}; {done.kept} stay.")
