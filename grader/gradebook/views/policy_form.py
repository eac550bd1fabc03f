"""The form of an assignment's rules: dates as the course's clock shows them, numbers as people type them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

from django.http import QueryDict
from django.utils.translation import gettext as _

from assignments.models import Assignment
from grader.gradebook.clock import moment_read, moment_typed
from grader.gradebook.points import points_read, whole_read
from grader.gradebook.policies import Rules
from grader.submissions.templatetags.words import number

STEPS = 5  # rows that the form offers
MOST_ATTEMPTS, MOST_MINUTES = 1000, 7 * 24 * 60
DATES = ("opens_at", "due_at", "closes_at")


@dataclass
class PolicyForm:
    """What was typed, as it is shown again, and what is wrong with it."""

    policy: str
    attempts: str
    minutes: str  # of cool-down
    opens_at: str
    due_at: str
    closes_at: str
    steps: list[tuple[str, str]]
    seen: str = ""
    comment: str = ""
    problems: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, rules: Rules, zone: ZoneInfo) -> PolicyForm:
        return cls(
            policy=rules.policy,
            attempts="" if rules.attempts_allowed is None else str(rules.attempts_allowed),
            minutes=str(rules.cool_down_s // 60) if rules.cool_down_s else "",
            opens_at=moment_typed(rules.opens_at, zone),
            due_at=moment_typed(rules.due_at, zone),
            closes_at=moment_typed(rules.closes_at, zone),
            steps=[(number(hours), number(percent)) for hours, percent in rules.late_steps],
            seen=rules.seal,
        )

    @classmethod
    def posted(cls, given: QueryDict) -> PolicyForm:
        hours, percents = given.getlist("hours"), given.getlist("percent")
        pairs = [(one.strip(), other.strip()) for one, other in zip(hours, percents, strict=False)]
        return cls(
            policy=given.get("policy", ""),
            attempts=given.get("attempts", "").strip(),
            minutes=given.get("minutes", "").strip(),
            opens_at=given.get("opens_at", "").strip(),
            due_at=given.get("due_at", "").strip(),
            closes_at=given.get("closes_at", "").strip(),
            steps=[pair for pair in pairs[: 2 * STEPS] if pair != ("", "")],
            seen=given.get("seen", ""),
            comment=given.get("comment", "").strip()[:2000],
        )

    @property
    def rows(self) -> list[tuple[str, str]]:
        """The steps, and empty rows to add some."""
        return [*self.steps, *[("", "")] * max(1, STEPS - len(self.steps))]

    def read(self, zone: ZoneInfo, now: Rules) -> Rules | None:
        """The rules that it says; None where something is wrong, all of it at once. `now` are those there are: the form shows
        minutes, so a date that was left alone stays as it is to the second.
        """
        if self.policy not in Assignment.Policy.values:
            self._wrong("policy", _("Choose which attempt counts."))
        opens_at, due_at, closes_at = (self._date(name, zone, getattr(now, name)) for name in DATES)
        rules = Rules(
            policy=self.policy,
            attempts_allowed=self._number("attempts", self.attempts, 1, MOST_ATTEMPTS) if self.attempts else None,
            cool_down_s=60 * self._number("minutes", self.minutes, 0, MOST_MINUTES) if self.minutes else 0,
            opens_at=opens_at,
            due_at=due_at,
            closes_at=closes_at,
            late_steps=self._steps(),
        )
        self._order(rules)
        return None if self.problems else rules

    def _wrong(self, name: str, sentence: str) -> None:
        self.problems.setdefault(name, sentence)

    def _number(self, name: str, text: str, least: int, most: int) -> int:
        read = whole_read(text)
        if read is not None and least <= read <= most:
            return read
        self._wrong(name, _("Give a whole number from %(least)d to %(most)d.") % {"least": least, "most": most})
        return least

    def _date(self, name: str, zone: ZoneInfo, now: datetime | None) -> datetime | None:
        text = getattr(self, name)
        if text == moment_typed(now, zone):
            return now
        if not text:
            return None
        moment = moment_read(text, zone)
        if moment is None:
            self._wrong(name, _("Give a date and a time, such as 2026-11-24T23:59."))
        return moment

    def _steps(self) -> tuple[tuple[float, float], ...]:
        read = [(points_read(hours or "0"), points_read(percent)) for hours, percent in self.steps]
        steps = [(float(hours), float(percent)) for hours, percent in read if hours is not None and percent is not None]
        if len(steps) < len(read) or any(percent > 100 for _hours, percent in steps):
            self._wrong("steps", _("Each step needs hours and percent as numbers, at most 100 %."))
        elif any(after[0] <= before[0] or after[1] <= before[1] for before, after in pairwise(steps)):
            self._wrong("steps", _("Each step must come later and cost more than the one before."))
        return tuple(steps)

    def _order(self, rules: Rules) -> None:
        if rules.opens_at and rules.due_at and rules.opens_at >= rules.due_at:
            self._wrong("due_at", _("It would be due before it opens."))
        if rules.due_at and rules.closes_at and rules.closes_at < rules.due_at:
            self._wrong("closes_at", _("It would close before it is due."))
        if rules.opens_at and rules.closes_at and rules.opens_at >= rules.closes_at:
            self._wrong("closes_at", _("It would close before it opens."))
        if rules.late_steps and not rules.due_at:
            self._wrong("due_at", _("Late steps need a date by which it is due."))
