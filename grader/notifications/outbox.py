"""Reading back the letters that Django's file back end wrote, for the page of a developer."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from pathlib import Path

from django.conf import settings

NAME = re.compile(r"\d{8}-\d{6}-\d+")
RULE = b"-" * 79 + b"\n"


@dataclass(frozen=True)
class Written:
    """One letter in a file: the file's name and the place in it are its address."""

    file: str
    place: int
    to: str
    subject: str
    sent_at: datetime | None
    headers: list[tuple[str, str]]
    text: str
    html: str


def letters_written(most: int) -> list[Written]:
    """The newest letters, newest first."""
    folder = Path(settings.EMAIL_FILE_PATH)
    files = sorted((path for path in folder.glob("*.log") if NAME.fullmatch(path.stem)), key=_written_at, reverse=True)
    found: list[Written] = []
    for path in files[:most]:
        found += reversed(_letters(path))
    return found[:most]


def letter_at(file: str, place: int) -> Written | None:
    path = Path(settings.EMAIL_FILE_PATH) / f"{file}.log"
    if not NAME.fullmatch(file) or not path.is_file():
        return None
    letters = _letters(path)
    return letters[place] if place < len(letters) else None


def _written_at(path: Path) -> float:
    return path.stat().st_mtime


def _letters(path: Path) -> list[Written]:
    parts = [part for part in path.read_bytes().split(RULE) if part.strip()]
    return [_read(path.stem, place, part) for place, part in enumerate(parts)]


def _read(file: str, place: int, raw: bytes) -> Written:
    message = message_from_bytes(raw, policy=policy.default)
    return Written(
        file=file,
        place=place,
        to=str(message["To"] or ""),
        subject=str(message["Subject"] or ""),
        sent_at=_moment(str(message["Date"] or "")),
        headers=[(name, str(value)) for name, value in message.items()],
        text=_part(message, "plain"),
        html=_part(message, "html"),
    )


def _moment(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _part(message: EmailMessage, kind: str) -> str:
    body = message.get_body((kind,))
    return str(body.get_content()) if body is not None else ""
