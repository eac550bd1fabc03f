"""What a person types to decide a review, and what narrows the queue they came from."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, cast, get_args
from urllib.parse import urlencode

from django.http import HttpRequest
from django.utils.translation import gettext as _

from grader.gradebook.points import points_read
from grader.gradebook.queries import TaskPoints
from grader.gradebook.review_queue import Show
from grader.submissions.templatetags.words import number


@dataclass(frozen=True)
class Filters:
    """They stay in the address, through a review and back."""

    show: Show = "open"
    assignment: str = ""
    page: int = 1

    @classmethod
    def of(cls, request: HttpRequest) -> Filters:
        show, page = request.GET.get("show", ""), request.GET.get("page", "")
        return cls(
            show=cast(Show, show if show in get_args(Show) else "open"),
            assignment=request.GET.get("assignment", "")[:60],
            page=int(page) if page.isascii() and page.isdigit() and len(page) < 7 else 1,
        )

    def address(self, **changes: Any) -> str:
        """`?show=…&page=…`, without what is as ever."""
        wanted, ever = replace(self, **changes), Filters()
        said = {name: value for name, value in vars(wanted).items() if value != getattr(ever, name)}
        return f"?{urlencode(said)}" if said else ""


@dataclass
class DecideForm:
    """What was typed, as it is shown again, and what is wrong with it."""

    keep: bool = True
    points: str = ""
    answer: str = ""
    problems: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, request: HttpRequest) -> DecideForm:
        given = request.POST
        return cls(given.get("keep") != "0", given.get("points", "").strip(), given.get("answer", "").strip())

    def read(self, now: TaskPoints | None) -> Decimal | None:
        """The points to give; None keeps what there is."""
        points = None if self.keep else points_read(self.points)
        if not self.keep and points is None:
            self.problems["points"] = _("Give the points as a number, such as 2.5 or 2,5.")
        elif points is not None and now and not now.points <= points <= now.most:
            self.problems["points"] = out_of_range(now.points, now.most)
        if not self.answer:
            self.problems["answer"] = _("Write an answer: the student reads it.")
        return points


def out_of_range(least: Decimal, most: Decimal) -> str:
    wanted = {"least": number(least), "most": number(most)}
    return _("Points must be between %(least)s and %(most)s: a review never lowers them.") % wanted
