"""The executed notebook as a page: what a sandbox made of it, with our notes beside the cells they are about."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from assignments.queries import package_of
from grader import blobs
from grader.gradebook.views.models_shown import report_of
from grader.gradebook.views.shown import run_sentence
from grader.submissions import executed
from grader.submissions.models import Run
from grader.submissions.queries import notebook_run, run_shown, submissions_visible_to

FOLDED = 24  # lines of an output that stand open
MARKDOWN_EACH, MARKDOWN_ALL = 8000, 64_000  # characters that are rendered: more of them costs the reader's time, and ours
CODE_ALL = 300_000
# Each part begins with what the one before can't hold, so that no text makes the search try again and again.
_HEADING = re.compile(r"^ {0,3}(#{1,3})[ \t]+([^\s#].{0,199})", re.MULTILINE)


@dataclass(frozen=True)
class CellShown:
    """A cell with the notes beside it. `rendered`: whether its Markdown or its code is coloured, else it is plain text."""

    cell: executed.Cell
    place: int
    failed: bool
    rendered: bool
    notes: tuple[str, ...]
    headings: tuple[tuple[int, str], ...]

    @property
    def anchor(self) -> str:
        return f"cell-{self.cell.number}" if self.cell.number else f"text-{self.place}"


@login_required
@require_safe
@never_cache
def show(request: HttpRequest, public_id: str) -> HttpResponse:
    """The page. Where what was kept can't be read, it says so and offers the file."""
    submission = get_object_or_404(submissions_visible_to(request.user), public_id=public_id)
    shown = run_shown(submission)
    run = notebook_run(submission, shown) if shown else None
    if run is None or shown is None:
        raise Http404
    context = {"submission": submission, "assignment": submission.assignment, "own": submission.student_id == request.user.pk}
    try:
        notebook = executed.load(blobs.get(run.notebook_view_digest)) if run.notebook_view_digest else None
    except (executed.NotShown, FileNotFoundError):
        notebook = None
    cells = list(_cells(notebook, run)) if notebook else []
    more = {
        "notebook": notebook,
        "cells": cells,
        "folded": FOLDED,
        "failed_cell": run.run_cell if run.run_status != "ok" else None,
    }
    return render(request, "gradebook/executed.html", context | more)


def _cells(notebook: executed.Executed, run: Run) -> Iterator[CellShown]:
    notes = _notes(run)
    markdown, code = MARKDOWN_ALL, CODE_ALL
    for place, cell in enumerate(notebook.cells):
        if cell.kind == "text":
            rendered = len(cell.source) <= min(markdown, MARKDOWN_EACH) and not cell.cut
            markdown -= len(cell.source) if rendered else 0
        else:
            rendered = len(cell.source) <= code
            code -= len(cell.source) if rendered else 0
        failed = cell.kind == "code" and (cell.failed or (run.run_status != "ok" and cell.number == run.run_cell))
        found = _HEADING.findall(cell.source) if cell.kind == "text" else ()
        headings = tuple((len(level), title.rstrip(" \t\r#")) for level, title in found)
        yield CellShown(cell, place, failed, rendered, tuple(notes.get(cell.number or 0, ())), headings[:5])


def _notes(run: Run) -> dict[int, list[str]]:
    """What we have to say beside a cell, by its number."""
    found: dict[int, list[str]] = {}
    if run.run_cell and run.run_status != "ok":
        found.setdefault(run.run_cell, []).append(run_sentence(run, package_of(run.package_version)))
    for model in report_of(run).models:
        if model.cell:
            said = ngettext(
                "The model “%(name)s” was caught after this cell; task %(tasks)s was judged on it.",
                "The model “%(name)s” was caught after this cell; tasks %(tasks)s were judged on it.",
                len(model.tasks),
            )
            found.setdefault(model.cell, []).append(
                said % {"name": model.name or _("without a name"), "tasks": ", ".join(model.tasks)}
            )
    return found
