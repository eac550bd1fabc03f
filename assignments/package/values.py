"""A course package in memory: what the loader makes of the files, checked and frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from grader.catalogue.exceptions import Explained
from grader.checks.values import ExtraRun, TaskSpec

Text = Mapping[str, str]  # by language: {"ru": …, "en": …}
WidgetKind = Literal["choice", "choices", "matching", "sequence", "number", "text", "expression", "none"]


@dataclass(frozen=True)
class Option:
    """One option of a choice, or a right-hand side of a matching."""

    id: str
    text: Text
    also: tuple[str, ...] = ()  # other wordings that count as this option when typed


@dataclass(frozen=True)
class Widget:
    """How a student answers. `rows` are the left-hand sides of a matching; `none` means the notebook is the answer."""

    kind: WidgetKind
    options: tuple[Option, ...] = ()
    rows: tuple[Option, ...] = ()
    required: bool = True
    label: Text = field(default_factory=dict)


@dataclass(frozen=True)
class Task:
    """One question: its texts (Markdown), how it is answered, and the checks that judge it."""

    id: str
    title: Text
    text: Text
    widget: Widget
    spec: TaskSpec
    messages: Mapping[str, Text] = field(default_factory=dict)  # hints of the package's own, by code
    needs_notebook: bool = False
    extra_runs: tuple[ExtraRun, ...] = ()


@dataclass(frozen=True)
class Limits:
    """What a student's sandbox may use. Seconds of wall clock, MB of 2**20 bytes."""

    run_s: int = 600
    cell_s: int = 300
    memory_mb: int = 3072
    processes: int = 64
    output_mb: int = 4


@dataclass(frozen=True)
class AssignmentPackage:
    """One assignment's folder, read and checked."""

    course: str
    slug: str
    root: Path
    digest: str  # SHA-256 of the packed folder
    title: Text
    text: Text  # Markdown before the first task
    tasks: tuple[Task, ...]
    notebook: Literal["required", "optional", "none"] = "none"
    runtime: Literal["tensorflow", "torch", "plain"] = "plain"
    device: Literal["cpu", "gpu", "prefer-gpu"] = "cpu"
    limits: Limits = Limits()
    expected_s: int = 5
    dataset: Literal["", "fashion_mnist"] = ""
    held_out: int = 5000
    collect: tuple[str, ...] = ()  # names whose values the collector takes in the notebook's own run
    collect_models: bool = False
    attempts: int | None = None
    explained: tuple[Explained, ...] = ()  # exceptions in the teacher's own words

    @property
    def max_score(self) -> float:
        return sum(task.spec.max_points for task in self.tasks)

    @property
    def needs_worker(self) -> bool:
        """Whether any task needs a sandbox; if none does, answers are judged in the request."""
        return self.notebook != "none" or any(task.needs_notebook or task.extra_runs for task in self.tasks)


@dataclass(frozen=True)
class CoursePackage:
    """A course's folder: its own titles and its assignments in order."""

    slug: str
    root: Path
    title: Text
    assignments: tuple[AssignmentPackage, ...]
