"""What these pages' forms hold, and how their tables say it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import urlencode

from django.http import HttpRequest

from grader.events.types import CHOSEN_FROM
from grader.http_out import Words
from grader.lms.models import WebhookEndpoint, WebhookMessage
from grader.lms.said import EVENTS, message_state
from grader.lms.webhooks.queries import Wanted

USUAL = ("grade.changed",)


@dataclass
class Typed:
    """What a form held, kept when it is refused; `wrong` says by field why."""

    url: str = ""
    name: str = ""
    course: str = ""
    events: Sequence[str] = USUAL
    concurrency: int = 2
    wrong: dict[str, Words] = field(default_factory=dict)

    @classmethod
    def of(cls, request: HttpRequest) -> Self:
        post = request.POST
        lanes = post.get("concurrency", "")
        return cls(
            url=_plain(post.get("url", "")).strip(),
            name=_plain(post.get("name", "")).strip(),
            course=post.get("course", ""),
            events=post.getlist("event"),
            concurrency=int(lanes) if lanes in {"1", "2", "3", "4"} else 2,
        )

    @classmethod
    def shown(cls, endpoint: WebhookEndpoint) -> Self:
        course = endpoint.course.slug if endpoint.course else ""
        return cls(endpoint.url, endpoint.name, course, endpoint.event_types, endpoint.concurrency)


@dataclass(frozen=True)
class Filters:
    """Which messages are looked at; it stays in the address."""

    state: str = ""
    event: str = ""
    student: str = ""
    page: str = ""

    @classmethod
    def of(cls, request: HttpRequest) -> Self:
        asked = request.GET
        state, event = asked.get("state", ""), asked.get("event", "")
        return cls(
            state=state if state in WebhookMessage.State.values else "",
            event=event if event in EVENTS else "",
            student=_plain(asked.get("student", "")).strip()[:100],
            page=asked.get("page", ""),
        )

    def wanted(self) -> Wanted:
        return Wanted(event_type=self.event, state=self.state, student=self.student)

    def address(self, *, page: int) -> str:
        asked = {"state": self.state, "event": self.event, "student": self.student, "page": str(page) if page > 1 else ""}
        return "?" + urlencode({name: value for name, value in asked.items() if value})


def events_offered(chosen: Iterable[str]) -> list[tuple[str, Words, bool]]:
    wanted = set(chosen)
    return [(name, EVENTS[name], name in wanted) for name in CHOSEN_FROM]


def message_rows(rows: Iterable[WebhookMessage]) -> list[dict[str, Any]]:
    return [
        {
            "row": one,
            "state": message_state(one),
            "about": EVENTS.get(one.event.type, ""),
            "student": _student(one),
            "assignment": one.event.data.get("assignment", ""),
        }
        for one in rows
    ]


def _student(message: WebhookMessage) -> str:
    grade, told = message.grade, str(message.event.data.get("external_user_id", ""))
    return grade.student.display_name() if grade else told


def _plain(text: str) -> str:
    return text.replace("\x00", "")
