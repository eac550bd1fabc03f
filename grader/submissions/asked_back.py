"""What a form asks back before it takes what it was given: doubts in words, each tied to its field.

A doubt is overruled by sending again what was asked about; its `token` says that this very thing was seen, so a question about
one file does not answer for the next.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from assignments.package.values import Task
from grader.checks import numbers
from grader.submissions.doubts import Doubt
from grader.submissions.templatetags.words import in_language, number

LINK = re.compile(r"(?:colab\.research\.google|drive\.google|github|kaggle)\.com/", re.IGNORECASE)

SENTENCES = {
    "untouched": gettext_lazy("This looks like the starter notebook itself: nothing has been written into its cells yet."),
    "nothing_trained": gettext_lazy("No cell seems to train a model, and this homework is about the models that you train."),
    "colab_files": gettext_lazy(
        "Files are read from your Google account, which the sandbox cannot reach. Take the data from the library instead, "
        "or leave these cells out."
    ),
    "repeated": gettext_lazy("These cells are the same, letter for letter. Was one of them meant to be changed?"),
}


@dataclass(frozen=True)
class Asked:
    """One question: the field's id in the page, its name, a sentence, and what says that it was seen."""

    field_id: str
    label: str
    sentence: str
    token: str
    cells: str = ""


def about_notebook(doubt: Doubt, field_id: str, label: str, digest: str) -> Asked:
    """A doubt about the notebook with this digest, in the reader's language."""
    return Asked(field_id, label, _sentence(doubt), _token(doubt.code, digest), _cells(doubt.cells))


def about_number(task: Task, text: str, field_id: str) -> Asked | None:
    """A number that can be read in two ways, or in none: 1,000 is a thousand here and one there."""
    if task.widget.kind != "number" or not text:
        return None
    sentence = _unclear(task, text)
    return Asked(field_id, in_language(task.title), sentence, _token(task.id, text)) if sentence else None


def about_link(task: Task, text: str, field_id: str) -> Asked | None:
    """An address where an answer should be: we open none."""
    if not LINK.search(text):
        return None
    sentence = _("We do not open links. Type the answer itself here, and attach the notebook as a file.")
    return Asked(field_id, in_language(task.title), sentence, _token(task.id, text))


def _sentence(doubt: Doubt) -> str:
    if doubt.code == "other_homework":
        title = in_language(doubt.values)
        return _("This looks like the notebook of another homework: “%(title)s”. Is it the right file?") % {"title": title}
    if doubt.code == "missing_names":
        sentence = ngettext(
            "The name %(names)s is nowhere in the code. We put other numbers in its place to see whether it computes.",
            "The names %(names)s are nowhere in the code. We put other numbers in their place to see whether it computes.",
            doubt.values["names"].count(",") + 1,
        )
        return sentence % {"names": doubt.values["names"]}
    return str(SENTENCES[doubt.code])


def _cells(cells: tuple[int, ...]) -> str:
    if not cells:
        return ""
    shown = ", ".join(str(at) for at in cells[:8]) + ("…" if len(cells) > 8 else "")
    return ngettext("Cell %(cells)s", "Cells %(cells)s", len(cells)) % {"cells": shown}


def _unclear(task: Task, text: str) -> str:
    readings = numbers.read(text)
    if isinstance(readings, str):
        return "" if readings == "several" else _("We can read no number here. Type it alone, for example 0.87 or 118282.")
    whole = any(getattr(check.params, "integer", False) for check in task.spec.checks)
    values = [one.value for one in readings if not whole or one.value == int(one.value)]
    if len(set(values)) < 2:
        return ""
    one, other = (number(value).replace("\xa0", "") for value in values[:2])
    return _("Is it %(one)s or %(other)s? Type it so that it can mean one thing only.") % {"one": one, "other": other}


def _token(code: str, about: str) -> str:
    return hashlib.sha256(f"{code}:{about}".encode()).hexdigest()[:16]
