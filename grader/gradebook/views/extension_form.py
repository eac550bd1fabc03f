"""The form of an extension, for one student or for many: what was typed, what it gives, and what is wrong with it by field."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from django.http import HttpRequest
from django.utils.translation import gettext as _

from grader.gradebook.clock import moment_read
from grader.gradebook.points import whole_read
from grader.submissions.terms import Terms

MOST_ATTEMPTS = 100


@dataclass(frozen=True)
class Given:
    """What a form without problems gives."""

    due_at: datetime | None
    closes_at: datetime | None
    more_attempts: int


@dataclass
class ExtensionForm:
    """What was typed, as it is shown again. Dates are on the clock of the course, which the page names."""

    assignment: str = ""
    due: str = ""
    closes: str = ""
    more: str = ""
    reason: str = ""
    problems: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, request: HttpRequest) -> ExtensionForm:
        def typed(name: str) -> str:
            return request.POST.get(name, "").strip()[:2000]

        return cls(typed("assignment"), typed("due"), typed("closes"), typed("more"), typed("reason"))

    def read(self, usual: Terms | None, zone: ZoneInfo, *, gives: bool = True) -> Given | None:
        """What it gives; None where something is wrong, all of it at once. `usual` is what holds for everybody in the assignment
        that was chosen, None where there is none of that name. To take back (not `gives`) nothing but a reason is needed.
        """
        given = Given(self._moment("due", zone), self._moment("closes", zone), self._attempts())
        if usual is None:
            self.problems["assignment"] = _("Choose an assignment.")
        elif gives and not self.problems:
            self._check(given, usual)
        if not self.reason:
            self.problems["reason"] = _("Say why: the student and your colleagues will read it.")
        return None if self.problems else given

    def _check(self, given: Given, usual: Terms) -> None:
        """An extension gives something, and no less than everybody has."""
        due, closes = given.due_at, given.closes_at
        if due is None and closes is None and not given.more_attempts:
            self.problems["due"] = _("Give a later date, or more attempts.")
        if due and usual.due_at and due <= usual.due_at:
            self.problems["due"] = _("This is not later than the due date of everybody.")
        if closes and usual.closes_at and closes <= usual.closes_at:
            self.problems["closes"] = _("This is not later than the closing date of everybody.")
        last = due or usual.due_at
        if closes and last and closes < last:
            self.problems["closes"] = _("It would close before it is due.")

    def _attempts(self) -> int:
        more = whole_read(self.more or "0")
        if more is None or more > MOST_ATTEMPTS:
            self.problems["more"] = _("Give a whole number from 0 to 100.")
            return 0
        return more

    def _moment(self, name: str, zone: ZoneInfo) -> datetime | None:
        text = getattr(self, name)
        moment = moment_read(text, zone) if text else None
        if text and moment is None:
            self.problems[name] = _("Give a date and a time, such as 2026-11-24T23:59.")
        return moment
