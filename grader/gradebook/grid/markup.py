"""The cells of the table as text. They are made here and not in the template, which would take seconds for 11,000.

No closing tags that HTML does not need, addresses relative to the page, one-letter classes that the style sheet names. A
graded cell says its points after a sign; every other state says its word. The legend names all signs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from decimal import Decimal

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import pgettext, pgettext_lazy

from grader.gradebook.grid.rows import Cell, Column, Row
from grader.submissions.templatetags.words import SIGNS, number

# What a cell says, and the letter by which the style sheet knows it.
WORDS = {
    "waiting": ("w", pgettext_lazy("cell", "waiting")),
    "broken": ("b", pgettext_lazy("cell", "broken")),
    "review": ("r", pgettext_lazy("cell", "review")),
    "problem": ("p", pgettext_lazy("cell", "problem")),
    "cancelled": ("c", pgettext_lazy("cell", "stopped")),
    "missing": ("m", pgettext_lazy("cell", "missing")),
    "later": ("n", pgettext_lazy("cell", "not yet")),
    "overridden": ("o", pgettext_lazy("cell", "set by hand")),
    "late": ("l", pgettext_lazy("cell", "late")),
    "extended": ("e", pgettext_lazy("cell", "extended")),
}
MORE_SIGNS = {"missing": "○", "later": "·", "overridden": "✎", "extended": "+"}
Key = tuple[Cell | None, bool]


def sign_of(state: str) -> str:
    return MORE_SIGNS.get(state) or SIGNS[state]


def states_of(cell: Cell | None, overdue: bool) -> list[str]:
    """What is to be said of a cell beside its points, the most important first."""
    if cell is None or cell.state == "none":
        waits = not overdue or (cell is not None and cell.later)
        empty = [] if cell is not None and cell.score is not None else ["later" if waits else "missing"]
        return [*empty, *_more(cell)] if cell is not None else empty
    states = [] if cell.state == "graded" else [cell.state]
    if cell.reviews and "review" not in states:
        states.append("review")
    return states + _more(cell)


def _more(cell: Cell) -> list[str]:
    return [name for name in ("overridden", "late", "extended") if getattr(cell, name)]


class Cells:
    """Makes cells in the reader's language, and remembers those it has made: there are few different ones."""

    def __init__(self, columns: Sequence[Column], rows: Iterable[Row] = ()) -> None:
        self.columns = columns
        named = Counter(row.name for row in rows)
        self.namesakes = {name for name, number in named.items() if number > 1}
        self.made: dict[Key, tuple[str, str]] = {}
        self.numbers: dict[Decimal, str] = {}
        self.words = {state: f"{sign_of(state)} {escape(word)}" for state, (_, word) in WORDS.items()}

    def line(self, row: Row) -> SafeString:
        """A whole row, without `<tr>`: its head with a box to choose it by, its cells, its total."""
        name: str = escape(row.name)
        if row.name in self.namesakes:
            name = f"<span>{name} <small>{escape(row.username)}</small></span>"
        parts = [f"<th scope=row><label><input type=checkbox name=s value={row.public_id}>{name}</label>"]
        address = row.public_id
        for cell, column in zip(row.cells, self.columns, strict=True):
            letter, inside = self.inside(cell, column.overdue)
            parts.append(f"<td class={letter}><a href={address}/{column.slug}>{inside}</a>")
        parts.append(f"<td>{self.number(row.total) if row.total is not None else ''}")
        return mark_safe("".join(parts))  # noqa: S308  (escaped names, numbers, opaque ids and slugs)

    def number(self, value: Decimal) -> str:
        known = self.numbers.get(value)
        if known is None:
            known = self.numbers[value] = number(value)
        return known

    def inside(self, cell: Cell | None, overdue: bool) -> tuple[str, str]:
        """The letter of a cell, and what stands in its link."""
        key = (cell, overdue)
        known = self.made.get(key)
        if known is None:
            known = self.made[key] = self._inside(cell, overdue)
        return known

    def _inside(self, cell: Cell | None, overdue: bool) -> tuple[str, str]:
        states = states_of(cell, overdue)
        said = " ".join(self.words[state] for state in states)
        parts = []
        points = ""
        if cell is not None and cell.score is not None:
            points = points_state(cell.score, cell.max_score)
            parts.append(f"{SIGNS[points]} {self.number(cell.score)}")
        if said:
            parts.append(f"<i>{said}</i>")
        letter = WORDS[states[0]][0] if states and states[0] not in ("extended", "late") else LETTERS.get(points, "n")
        return letter, " ".join(parts)


LETTERS = {"all_points": "f", "partial": "h", "no_points": "z"}


def points_state(score: Decimal, most: Decimal) -> str:
    if score >= most:
        return "all_points"
    return "partial" if score > 0 else "no_points"


def legend() -> list[tuple[str, str, str]]:
    """Every sign with its letter and its word."""
    graded = [
        ("f", SIGNS["all_points"], pgettext("cell", "all points")),
        ("h", SIGNS["partial"], pgettext("cell", "a part")),
        ("z", SIGNS["no_points"], pgettext("cell", "no points")),
    ]
    return graded + [(letter, sign_of(state), str(word)) for state, (letter, word) in WORDS.items()]


def averages(rows: Iterable[Row], columns: int) -> list[Decimal | None]:
    """Of what is graded, column by column, and of the totals; None where nothing is."""
    sums, counts = [Decimal(0)] * (columns + 1), [0] * (columns + 1)
    for row in rows:
        for n, cell in enumerate(row.cells):
            if cell is not None and cell.score is not None:
                sums[n] += cell.score
                counts[n] += 1
        if row.total is not None:
            sums[columns] += row.total
            counts[columns] += 1
    return [total / count if count else None for total, count in zip(sums, counts, strict=True)]
