"""The clock of a course: dates that decide are typed on it, whoever types them, and everybody reads them on their own."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings

from assignments.models import Course


def zone_of(course: Course) -> ZoneInfo:
    """In which deadlines are meant."""
    try:
        return ZoneInfo(course.time_zone or settings.TIME_ZONE)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo(settings.TIME_ZONE)


def moment_read(text: str, zone: ZoneInfo) -> datetime | None:
    """What an input of type datetime-local says; None where that is no moment, or one that nobody means."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.tzinfo is not None or not 2000 <= moment.year <= 2200:
        return None
    return moment.replace(tzinfo=zone)


def moment_typed(moment: datetime | None, zone: ZoneInfo) -> str:
    """For such an input: empty where there is none."""
    return moment.astimezone(zone).strftime("%Y-%m-%dT%H:%M") if moment else ""
