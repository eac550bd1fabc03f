"""Pages by an opaque keyset cursor: rows added meanwhile double and hide none, and the last page is as fast as the first."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Generic, TypeVar

from django.db.models import Model, Q, QuerySet
from ninja import Query, Schema
from pydantic import Field

from grader.api.problems import Problem

MOST = 200
Row = TypeVar("Row", bound=Model)
Shown = TypeVar("Shown")


class Page(Schema, Generic[Shown]):
    """Some of the rows; the next ones are had by `next_cursor`, which is null on the last page."""

    data: list[Shown]
    next_cursor: str | None = None


class Paging(Schema):
    limit: Annotated[int, Field(ge=1, le=MOST, description="Rows of a page.")] = 50
    cursor: Annotated[str, Field(max_length=500, description="`next_cursor` of the page before.")] = ""


Paged = Annotated[Paging, Query()]


def page_of(
    rows: QuerySet[Row], paging: Paging, show: Callable[[Sequence[Row]], list[Shown]], *, by: str = "", newest_first: bool = False
) -> Page[Shown]:
    """A page of `rows` by `by` (a column; ties by number), or by number alone. `show` turns a page's rows into what is sent.

    Raises a `Problem` for a cursor that is not one of ours.
    """
    columns = [by, "pk"] if by else ["pk"]
    if paging.cursor:
        rows = rows.filter(_after(columns, _read(paging.cursor, columns), "lt" if newest_first else "gt"))
    order = [f"-{column}" for column in columns] if newest_first else columns
    found = list(rows.order_by(*order)[: paging.limit + 1])
    here, more = found[: paging.limit], len(found) > paging.limit
    following = _written([getattr(here[-1], column) for column in columns]) if more else None
    return Page[Any](data=show(here), next_cursor=following)


def _after(columns: list[str], values: list[Any], step: str) -> Q:
    last = Q(**{f"{columns[-1]}__{step}": values[-1]})
    return last if len(columns) == 1 else Q(**{f"{columns[0]}__{step}": values[0]}) | (Q(**{columns[0]: values[0]}) & last)


def _written(values: list[Any]) -> str:
    plain = [value.isoformat() if isinstance(value, datetime) else value for value in values]
    return base64.urlsafe_b64encode(json.dumps(plain).encode()).decode().rstrip("=")


def decoded(cursor: str) -> bytes:
    """Raises ValueError for what is not base64."""
    return base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)


def _read(cursor: str, columns: list[str]) -> list[Any]:
    try:
        values = json.loads(decoded(cursor))
        if not isinstance(values, list) or len(values) != len(columns):
            raise ValueError(cursor)
        number = values[-1]
        if type(number) is not int or not 0 <= number < 2**63:
            raise ValueError(cursor)
        return [*(datetime.fromisoformat(value).astimezone(UTC) for value in values[:-1]), number]
    except (ValueError, TypeError, OverflowError, binascii.Error, RecursionError):
        raise Problem("cursor.invalid") from None
