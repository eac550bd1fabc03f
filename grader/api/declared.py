"""What routes there are and what each promises, as plain values: what the schema, the documentation and the tests go by."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any, Literal

from ninja import Schema

from grader.api.tokens import Scope


@dataclass(frozen=True)
class Retiring:
    """A route that will go: since when it is discouraged (RFC 9745), when it ends (RFC 8594), and what takes its place.

    After `sunset` it answers 410. Within v1 nothing goes sooner than half a year after it was said.
    """

    deprecated: datetime
    sunset: datetime
    instead: str

    def headers(self) -> dict[str, str]:
        return {
            "Deprecation": f"@{int(self.deprecated.timestamp())}",
            "Sunset": format_datetime(self.sunset.astimezone(UTC), usegmt=True),
            "Link": f'<{self.instead}>; rel="successor-version"',
        }


@dataclass(frozen=True)
class Route:
    """A route as its resource declared it."""

    method: str
    path: str
    view: Callable[..., Any]
    gives: type[Schema] | None
    status: int = 200
    creates: bool = False  # beside `status` also 201: a PUT of something that was not there
    scopes: tuple[Scope, ...] = ()
    takes: str = ""  # the body's media type
    open_to_all: bool = False
    keyed: str = ""  # Idempotency-Key: required, optional; empty: the route changes nothing
    matched: bool | Literal["optional"] = False  # If-Match is required, or honoured where it is sent
    problems: tuple[str, ...] = ()
    retiring: Retiring | None = None

    @property
    def name(self) -> str:
        return self.view.__name__

    @property
    def statuses(self) -> tuple[int, ...]:
        """Of the answers that are no problems."""
        return (self.status, 201) if self.creates else (self.status,)


ALL: list[Route] = []  # of every resource, as they are imported
