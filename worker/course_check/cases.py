"""What is to be tried of an assignment, in order: its reference, its starter, answers and notebooks with one thing wrong."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from assignments.package import read_answers
from assignments.package.values import AssignmentPackage, Task
from grader.catalogue import say
from grader.catalogue.values import Shown, told
from grader.checks import CHECKS_VERSION, KINDS, extra_runs
from grader.checks.values import Answer
from worker.account import asked
from worker.course_check import typed
from worker.course_check.mutants import Notebook, made, shortened

Role = Literal["reference", "starter", "answer", "notebook"]
TYPED = frozenset({"typed"})
LONG_S = 60  # a notebook that takes longer is first tried with its training cut short, where that can tell


class NotTried(Exception):
    """A package that can't be checked as it is, and why."""

    def __init__(self, code: str, /, **values: Shown) -> None:
        self.told = told(code, **values)
        super().__init__(say(self.told, "en"))


@dataclass(frozen=True, eq=False)
class Case:
    """One thing to try. `tasks` are those whose answers are tried alone, without the notebook; none: all of the assignment."""

    package: AssignmentPackage = field(repr=False)
    role: Role
    name: str
    answers: Mapping[str, Any] = field(default_factory=dict)  # raw, as `read_answers` takes them
    notebook: bytes | None = field(default=None, repr=False)
    family: frozenset[str] = frozenset()  # of checks that are to notice it
    task: str = ""  # the task whose answer is off
    seed: int = 0
    alone: bool = False  # judged from the typed answer alone
    short: tuple[bytes, bytes] | None = field(default=None, repr=False)  # the reference and this one, each trained on a batch

    @cached_property
    def read(self) -> Mapping[str, Answer]:
        return read_answers(self.package, self.answers)

    @property
    def instant(self) -> bool:
        """Whether no sandbox is needed."""
        runs = any(extra_runs(task.spec, self.read) for task in self.package.tasks if not self.alone or task.id == self.task)
        return not runs and (self.alone or self.notebook is None)

    @property
    def key(self) -> str:
        """Names all that decides what comes of it: the same key, the same finding."""
        specs = [task.spec for task in self.package.tasks]
        return _digest(self.ran_key, repr(specs), CHECKS_VERSION, repr(sorted(self.read.items())), str(self.alone), self.task)

    @property
    def ran_key(self) -> str:
        """Names all that decides what its sandboxes leave: cases with the same evidence share it."""
        ran = hashlib.sha256(self.notebook or b"").hexdigest()
        return _digest(asked(self.package, self.read), ran, str(self.seed))


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]


def family_of(kind: str) -> str:
    """What a kind of check looks at: structure, predictions, values or typed."""
    known = KINDS[kind]
    if known.takes_model:
        looks_at_predictions = not known.structure and known.needs_model
        return "predictions" if looks_at_predictions else "structure" if known.needs_model else "typed"
    return "values" if "evidence" in known.needs.values() else "typed"


def reference_answers(package: AssignmentPackage) -> dict[str, Any]:
    """What the reference types: `reference.answers.json`, and the key's own answer where a required field is not in it.

    Raises:
        NotTried: a required answer is neither in the file nor plain from the key.
    """
    file = package.root / "reference.answers.json"
    where = f"{package.slug}/{file.name}"
    try:
        answers: dict[str, Any] = json.loads(file.read_text("utf-8")) if file.is_file() else {}
    except (ValueError, RecursionError):
        raise NotTried("proof.answers_not_json", file=where) from None
    if not isinstance(answers, dict):
        raise NotTried("proof.answers_no_mapping", file=where)
    for task in package.tasks:
        if task.id in answers or task.widget.kind == "none" or not task.widget.required:
            continue
        found = typed.right(task)
        if found is None:
            raise NotTried("proof.answer_needed", file=where, task=task.id)
        answers[task.id] = found
    return answers


def of(package: AssignmentPackage, seeds: int, *, mutants: bool = True) -> Iterator[Case]:
    """The cases of an assignment; what others are compared with comes first."""
    right = reference_answers(package)
    notebook = _notebook(package.root / "reference.ipynb") if package.notebook != "none" else None
    chance = seeds if notebook is not None and any(task.needs_notebook for task in package.tasks) else 1
    yield Case(package, "reference", "reference", right, notebook)
    yield from _starters(package, right)
    if not package.needs_worker:
        yield from _spellings(package, right)
    if mutants:
        for task in package.tasks:
            yield from _answers(package, task, right, notebook)
        if notebook is not None and any(task.needs_notebook for task in package.tasks):
            yield from _notebooks(package, right, notebook)
    for seed in range(1, chance):
        yield Case(package, "reference", f"reference, seed {seed}", right, notebook, seed=seed)


def _notebooks(package: AssignmentPackage, right: Mapping[str, Any], reference: bytes) -> Iterator[Case]:
    short = shortened(Notebook.read(reference)) if package.expected_s >= LONG_S else None
    for one in made(package, reference):
        built = short is not None and "structure" in one.family
        pair = (short, shortened(Notebook.read(one.notebook))) if short is not None and built else None
        yield Case(package, "notebook", one.name, right, one.notebook, one.family, short=pair)


def _notebook(path: Path) -> bytes:
    return path.read_bytes()


def _starters(package: AssignmentPackage, right: Mapping[str, Any]) -> Iterator[Case]:
    """The starter as it is handed out, and with all that is right typed in where the notebook is needed too."""
    if package.notebook == "none":
        yield Case(package, "starter", "nothing answered")
        return
    starter = _notebook(package.root / "starter.ipynb")
    yield Case(package, "starter", "starter", {}, starter)
    if right and any(task.needs_notebook for task in package.tasks):
        yield Case(package, "starter", "starter, right answers typed", right, starter)


def _spellings(package: AssignmentPackage, right: Mapping[str, Any]) -> Iterator[Case]:
    """The right answers as people give them: by the options' texts in each language."""
    for lang in ("ru", "en"):
        words = {task.id: _worded(task, right[task.id], lang) for task in package.tasks if task.id in right}
        if words != right:
            yield Case(package, "reference", f"reference, typed in {lang}", words)


def _worded(task: Task, raw: Any, lang: str) -> Any:
    texts = {one.id: one.text[lang] for one in (*task.widget.options, *task.widget.rows)}
    if isinstance(raw, dict):
        return {texts.get(row, row): texts.get(option, option) for row, option in raw.items()}
    return [texts.get(one, one) for one in raw] if isinstance(raw, list) else texts.get(raw, raw)


def _answers(package: AssignmentPackage, task: Task, right: Mapping[str, Any], notebook: bytes | None) -> Iterator[Case]:
    given = right.get(task.id, typed.right(task))
    if given is None:
        return
    alone = all(KINDS[spec.kind].typed for spec in task.spec.checks)
    for name, raw in typed.mutants(task, given):
        if name == "empty" and task.id not in right:
            continue  # the reference itself leaves it open
        answers = {task.id: raw} if alone else {**right, task.id: raw}
        yield Case(package, "answer", f"{task.id} {name}", answers, None if alone else notebook, TYPED, task=task.id, alone=alone)
