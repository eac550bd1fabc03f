"""Which column of a table means what: by its head in Russian or English, or by what stands in it; a person may correct it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from grader.accounts.roster.table import Line

FIELDS = {
    "": _("leave out"),
    "name": _("full name"),
    "last_name": _("last name"),
    "first_name": _("first name"),
    "email": _("e-mail"),
    "username": _("log-in"),
    "section": _("section"),
    "external_id": _("id in the LMS"),
}
HEADS = {
    "name": (
        "name; full name; fullname; student; student name; display name; participant; фио; ф и о; имя и фамилия; фамилия и имя; "
        "фамилия имя; фамилия имя отчество; имя фамилия; студент; слушатель; ученик; учащийся; полное имя"
    ),
    "last_name": "last name; lastname; surname; family name; фамилия",
    "first_name": "first name; firstname; given name; given names; forename; имя",
    "email": (
        "e mail; email; mail; e mail address; email address; mail address; почта; эл почта; электронная почта; "
        "адрес электронной почты; адрес почты; имейл; емейл; мейл"
    ),
    "username": (
        "login; log in; username; user name; user; account; nickname; логин; имя пользователя; пользователь; учетная запись; ник"
    ),
    "section": "section; group; class; groups; team; cohort; stream; секция; группа; группы; класс; поток; подгруппа",
    "external_id": (
        "id; external id; external user id; lms id; user id; student id; id number; sis user id; ид; внешний id; id в lms; "
        "id студента; номер студента; индивидуальный номер; табельный номер; номер зачетки; зачетная книжка; студенческий билет"
    ),
}
KNOWN = {head.strip(): field for field, heads in HEADS.items() for head in heads.split(";")}


def head_of(lines: Sequence[Line]) -> bool:
    """Whether the first line names the columns: no e-mail in it, and one of its cells is a head that we know."""
    if not lines or any("@" in cell for cell in lines[0].cells):
        return False
    return any(_folded(cell) in KNOWN for cell in lines[0].cells)


def columns_of(lines: Sequence[Line]) -> list[str]:
    """A field for each column, "" for one that is left out. Each field is taken once, by the first column that fits."""
    width = max((len(line.cells) for line in lines), default=0)
    found = _by_heads(lines[0].cells, width) if head_of(lines) else _by_content(lines, width)
    taken: set[str] = set()
    for place, field in enumerate(found):
        found[place] = "" if field in taken else field
        taken.add(field)
    if "first_name" in taken and not taken & {"last_name", "name"}:  # "Имя" alone is a whole name
        found[found.index("first_name")] = "name"
    return found


def _by_heads(heads: Sequence[str], width: int) -> list[str]:
    fields = [KNOWN.get(_folded(head), "") for head in heads]
    return fields + [""] * (width - len(fields))


def _by_content(lines: Sequence[Line], width: int) -> list[str]:
    columns = [[line.cells[place] for line in lines if place < len(line.cells) and line.cells[place]] for place in range(width)]
    found = ["email" if cells and sum("@" in cell for cell in cells) * 2 > len(cells) else "" for cells in columns]
    words = [place for place, cells in enumerate(columns) if not found[place] and _are_names(cells)]
    if len(words) >= 2 and all(" " not in cell for cell in columns[words[0]]):
        found[words[0]], found[words[1]] = "last_name", "first_name"
    elif words:
        found[words[0]] = "name"
    return found


def _are_names(cells: Sequence[str]) -> bool:
    """Mostly words that begin with a capital and hold no digits."""
    fitting = sum(cell[:1].isupper() and not any(letter.isdigit() for letter in cell) for cell in cells)
    return bool(cells) and fitting * 2 >= len(cells)


def _folded(head: str) -> str:
    return " ".join(re.sub(r"[^\w]+|_", " ", head.lower().replace("ё", "е")).split())
