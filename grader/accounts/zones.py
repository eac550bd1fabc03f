"""The time zones that a person may choose, by how far they are ahead."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

NAMES = (
    "Europe/Lisbon", "Europe/London", "Europe/Berlin", "Europe/Belgrade", "Europe/Paris", "Europe/Warsaw", "Africa/Cairo",
    "Asia/Jerusalem", "Europe/Athens", "Europe/Chisinau", "Europe/Kaliningrad", "Europe/Helsinki", "Europe/Kyiv", "Europe/Riga",
    "Europe/Istanbul", "Europe/Minsk", "Europe/Moscow", "Asia/Baku", "Asia/Dubai", "Asia/Tbilisi", "Asia/Yerevan",
    "Europe/Samara", "Europe/Saratov", "Asia/Almaty", "Asia/Ashgabat", "Asia/Dushanbe", "Asia/Tashkent", "Asia/Yekaterinburg",
    "Asia/Kolkata", "Asia/Bishkek", "Asia/Omsk", "Asia/Bangkok", "Asia/Ho_Chi_Minh", "Asia/Barnaul", "Asia/Krasnoyarsk",
    "Asia/Novosibirsk", "Asia/Irkutsk", "Asia/Shanghai", "Asia/Singapore", "Asia/Ulaanbaatar", "Asia/Seoul", "Asia/Tokyo",
    "Asia/Yakutsk", "Asia/Vladivostok", "Australia/Sydney", "Asia/Magadan", "Asia/Sakhalin", "Asia/Kamchatka", "UTC",
    "America/Los_Angeles", "America/Denver", "America/Chicago", "America/New_York", "America/Sao_Paulo",
)  # fmt: skip


def zone_choices(now: datetime | None = None) -> list[tuple[str, str]]:
    """Zone and label such as "UTC+3 · Europe/Moscow", from west to east as of now."""
    moment = now or datetime.now(UTC)
    offsets = {name: moment.astimezone(ZoneInfo(name)).utcoffset() or timedelta(0) for name in NAMES}
    ordered = sorted(NAMES, key=lambda name: (offsets[name], name))
    return [(name, f"{_offset(offsets[name])} · {name.replace('_', ' ')}") for name in ordered]


def _offset(ahead: timedelta) -> str:
    minutes = int(ahead.total_seconds() // 60)
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'+' if minutes >= 0 else '−'}{hours}" + (f":{rest:02}" if rest else "")
