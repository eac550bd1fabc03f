"""`manage.py receipt show|verify RUN`: what a run was judged by, and whether that still holds."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from grader.submissions.models import RunReceipt
from grader.submissions.queries import run_by_name
from grader.submissions.receipts import receipt_problems


class Command(BaseCommand):
    help = (
        "Show a run's signed receipt, or verify it against the database and the kept files. RUN: run_… or sub_… (its last run)."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", choices=["show", "verify"])
        parser.add_argument("run", metavar="RUN")

    def handle(self, *, action: str, run: str, **_: Any) -> None:
        found = run_by_name(run)
        if found is None:
            raise CommandError(
                f"There is no run or submission {run!r}. The result page names both under “Receipt”.", returncode=2
            )
        if action == "show":
            receipt = RunReceipt.objects.filter(run=found).first()
            if receipt is None:
                raise CommandError(f"{found.public_id} has no receipt: it has not ended.")
            self.stdout.write(f"{receipt.body}\nsignature: {receipt.signature}")
            return
        if problems := receipt_problems(found):
            raise CommandError("\n".join([f"{found.public_id} does not hold:", *problems]))
        self.stdout.write(
            f"{found.public_id} holds: the signature fits, nothing was changed, every file is the one that was judged."
        )
