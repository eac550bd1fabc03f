"""What makes one doubt that this is the notebook a student means to hand in, found before an attempt is spent.

Nothing here refuses: a person may hand in anyway. So a doubt is raised only where an honest notebook seldom gives cause, and
all of them at once, each with its cells. Pure and linear in the notebook's length; code is looked at as words and lines, since
parsing it is left to the sandbox.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from assignments.package.values import AssignmentPackage, Text
from grader.checks.kinds.rerun_value import Computed
from grader.submissions.errors import Refused
from grader.submissions.preflight import Notebook, preflight

PLACEHOLDER = re.compile(r"ваш код|your code|#\s*todo\b", re.IGNORECASE)
# Files on somebody's Google account, which the sandbox has not; `google.colab` itself is adapted.
COLAB_FILES = re.compile(r"\bdrive\.mount\s*\(|\bfiles\.upload\s*\(|/content/(?:g?drive|My ?Drive)\b")
TRAINED = re.compile(r"\b(?:fit|backward|train\w*|load_model|load_state_dict|load_weights)\b|\btorch\.load\b")
LINE = 16  # letters from which a line tells one homework from another
REPEATED = 60  # letters from which a repeated cell is hardly meant


@dataclass(frozen=True)
class Doubt:
    """One cause; `cells` count code cells from 1, as a student does."""

    code: str
    cells: tuple[int, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict)


def doubts_of(notebook: Notebook, package: AssignmentPackage, others: Iterable[AssignmentPackage] = ()) -> tuple[Doubt, ...]:
    """All doubts about `notebook` as an answer to `package`; `others` are the course's other assignments."""
    return (
        *_other_homework(notebook, package, others),
        *_untouched(notebook, package),
        *_missing_names(notebook, package),
        *_nothing_trained(notebook, package),
        *_colab_files(notebook),
        *_repeated(notebook),
    )


def _other_homework(notebook: Notebook, package: AssignmentPackage, others: Iterable[AssignmentPackage]) -> Iterator[Doubt]:
    """Another starter's own lines are there and this one's are not. Of several the likeliest is named."""
    here, mine = _lines(notebook), _lines(_starter_of(package))
    likely: list[tuple[float, Text]] = []
    for other in others:
        if other.digest == package.digest:
            continue
        starter = _lines(_starter_of(other))
        theirs, ours = starter - mine, mine - starter
        found, own = len(here & theirs), len(here & ours)
        if found >= 4 and found >= 0.3 * len(theirs) and found > 3 * own:
            likely.append((found / len(theirs), other.title))
    if likely:
        _share, title = max(likely, key=lambda one: one[0])
        yield Doubt("other_homework", values=dict(title))


def _untouched(notebook: Notebook, package: AssignmentPackage) -> Iterator[Doubt]:
    """The starter itself: nothing was written into any of the cells that wait for it."""
    starter = [cell.strip() for cell in _starter_of(package).cells]
    waiting = {cell for cell in starter if PLACEHOLDER.search(cell)}
    if waiting and all(cell.strip() in {"", *starter} for cell in notebook.cells):
        yield Doubt("untouched", tuple(at for at, cell in enumerate(notebook.cells, 1) if cell.strip() in waiting))


def _missing_names(notebook: Notebook, package: AssignmentPackage) -> Iterator[Doubt]:
    """Names for which the checks put other numbers: without them nobody can tell a computed number from a typed one."""
    wanted = [name for task in package.tasks for check in task.spec.checks for name in _names(check.params)]
    code = "\n".join(notebook.cells)
    missing = [name for name in dict.fromkeys(wanted) if not re.search(rf"(?<!\w){re.escape(name)}(?!\w)", code)]
    if missing:
        yield Doubt("missing_names", values={"names": ", ".join(missing)})


def _names(params: object) -> list[str]:
    return list(params.original) if isinstance(params, Computed) else []


def _nothing_trained(notebook: Notebook, package: AssignmentPackage) -> Iterator[Doubt]:
    if package.collect_models and not any(TRAINED.search(cell) for cell in notebook.cells):
        yield Doubt("nothing_trained")


def _colab_files(notebook: Notebook) -> Iterator[Doubt]:
    cells = tuple(at for at, cell in enumerate(notebook.cells, 1) if COLAB_FILES.search(_without_comments(cell)))
    if cells:
        yield Doubt("colab_files", cells)


def _without_comments(cell: str) -> str:
    return "\n".join(line for line in cell.splitlines() if not line.lstrip().startswith("#"))


def _repeated(notebook: Notebook) -> Iterator[Doubt]:
    """Cells of several lines that stand there twice, letter for letter."""
    places: dict[str, list[int]] = {}
    for at, cell in enumerate(notebook.cells, 1):
        if len(cell.strip()) >= REPEATED and len(cell.strip().splitlines()) > 2:
            places.setdefault(cell.strip(), []).append(at)
    for cells in places.values():
        if len(cells) > 1:
            yield Doubt("repeated", tuple(cells))


def _starter_of(package: AssignmentPackage) -> Notebook:
    return _starter(package.root, package.digest)


@lru_cache(maxsize=256)
def _starter(root: Path, digest: str) -> Notebook:
    """What the course gives to begin with; nothing where it gives none. A folder's content may change, its digest not."""
    path = root / "starter.ipynb"
    try:
        return preflight(path.read_bytes()) if path.is_file() else Notebook(())
    except Refused:
        return Notebook(())


def _lines(notebook: Notebook) -> frozenset[str]:
    texts = (*notebook.cells, *(text for _at, text in notebook.texts))
    return frozenset(line.strip() for text in texts for line in text.splitlines() if len(line.strip()) >= LINE)
