"""What the address asks of the table: which rows, in which order, which page. Pure; whatever makes no sense is left out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from urllib.parse import urlencode

from grader.accounts.names import folded
from grader.gradebook.grid.rows import Cell, Column, Grid, Row
from grader.gradebook.points import whole_read

PAGE = 500
PAGED_ABOVE = 1000  # rows; browsers lay out so many in a blink

# What a cell can be asked for, by the word in the address.
STATES: Mapping[str, Callable[[Cell | None, Column], bool]] = {
    "missing": lambda cell, column: column.overdue and (cell is None or (cell.state == "none" and not cell.later)),
    "none": lambda cell, _: cell is None or cell.state == "none",
    "waiting": lambda cell, _: cell is not None and cell.state == "waiting",
    "review": lambda cell, _: cell is not None and (cell.state == "review" or cell.reviews > 0),
    "all_points": lambda cell, _: cell is not None and cell.score is not None and cell.score >= cell.max_score,
    "partial": lambda cell, _: cell is not None and cell.score is not None and 0 < cell.score < cell.max_score,
    "no_points": lambda cell, _: cell is not None and cell.score == 0,
    "broken": lambda cell, _: cell is not None and cell.state == "broken",
    "problem": lambda cell, _: cell is not None and cell.state == "problem",
    "cancelled": lambda cell, _: cell is not None and cell.state == "cancelled",
    "late": lambda cell, _: cell is not None and cell.late,
    "overridden": lambda cell, _: cell is not None and cell.overridden,
    "extended": lambda cell, _: cell is not None and cell.extended,
}


@dataclass(frozen=True)
class Wanted:
    """`assignment` says in which column `state`, `least` and `most` are looked for; without it in any, or in the total."""

    name: str = ""
    section: str = ""
    state: str = ""
    assignment: str = ""
    least: Decimal | None = None
    most: Decimal | None = None
    sort: str = ""  # name, section, total or a slug, with "-" before it for descending
    page: int = 1

    @classmethod
    def of(cls, given: Mapping[str, str]) -> Wanted:
        state = given.get("state", "")
        return cls(
            name=given.get("name", "").strip()[:100],
            section=given.get("section", "")[:120],
            state=state if state in STATES else "",
            assignment=given.get("assignment", "")[:60],
            least=_number(given.get("least", "")),
            most=_number(given.get("most", "")),
            sort=given.get("sort", "")[:61],
            page=whole_read(given.get("page", "")) or 1,
        )

    @property
    def narrows(self) -> bool:
        return any((self.name, self.section, self.state, self.assignment, self.least is not None, self.most is not None))

    def address(self, **changes: object) -> str:
        """`?…` for the same with changes; without what says nothing."""
        new = replace(self, **changes)  # type: ignore[arg-type]
        said = {name: value for name, value in vars(new).items() if value not in ("", None) and (name, value) != ("page", 1)}
        return "?" + urlencode(said)


def _number(text: str) -> Decimal | None:
    """87,5 or 87.5; None for no number."""
    try:
        number = Decimal(text.strip().replace(",", "."))
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number) < 10**6 else None


def rows_wanted(grid: Grid, wanted: Wanted) -> list[Row]:
    """All that match, in order; pages are cut by whoever shows them."""
    places = [n for n, column in enumerate(grid.columns) if wanted.assignment in ("", column.slug)]
    name = folded(wanted.name)
    found = [row for row in grid.rows if _matches(row, grid.columns, places, wanted, name)]
    return _sorted(found, grid.columns, wanted.sort)


def _matches(row: Row, columns: Sequence[Column], places: Sequence[int], wanted: Wanted, name: str) -> bool:
    if name and name not in folded(row.name) and name not in row.username.casefold():
        return False
    if wanted.section and row.section != wanted.section:
        return False
    if wanted.state:
        asked = STATES[wanted.state]
        if not any(asked(row.cells[n], columns[n]) for n in places):
            return False
    if wanted.least is None and wanted.most is None:
        return True
    score = row.total
    if wanted.assignment:
        score = next((cell.score for n in places if (cell := row.cells[n]) is not None), None)
    if score is None:
        return False
    return (wanted.least is None or score >= wanted.least) and (wanted.most is None or score <= wanted.most)


def _sorted(rows: list[Row], columns: Sequence[Column], sort: str) -> list[Row]:
    """Who has no score comes last in either direction; of equals the order by name stays."""
    by, down = sort.removeprefix("-"), sort.startswith("-")
    if by in ("", "name"):
        return rows[::-1] if down else rows
    if by == "section":
        return sorted(rows, key=lambda row: folded(row.section), reverse=down)
    place = next((n for n, column in enumerate(columns) if column.slug == by), None)
    if by != "total" and place is None:
        return rows

    def score(row: Row) -> Decimal | None:
        if place is None:
            return row.total
        cell = row.cells[place]
        return cell.score if cell is not None else None

    scored = sorted((row for row in rows if score(row) is not None), key=lambda row: score(row) or Decimal(0), reverse=down)
    return scored + [row for row in rows if score(row) is None]


def page_of(rows: list[Row], wanted: Wanted) -> tuple[list[Row], int]:
    """The rows of the page that is asked for, and how many pages there are."""
    if len(rows) <= PAGED_ABOVE:
        return rows, 1
    pages = -(-len(rows) // PAGE)
    at = min(wanted.page, pages) - 1
    return rows[at * PAGE : (at + 1) * PAGE], pages
