"""`manage.py event_schemas DIR`: the JSON Schema of each event type, a file each. What is published is written by it."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from grader.events.types import EVENT_TYPES, EventType


def written(one: EventType) -> str:
    return json.dumps(one.schema(), ensure_ascii=False, indent=2) + "\n"


class Command(BaseCommand):
    help = "Writes the JSON Schema of each event type into a folder."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, help="such as docs/reference/schema/events")

    def handle(self, *args: Any, folder: Path, **options: Any) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        for one in EVENT_TYPES.values():
            (folder / f"{one.name}.json").write_text(written(one), encoding="utf-8")
        self.stderr.write(f"{len(EVENT_TYPES)} schemas in {folder}.")
