"""What may stand in `course.yaml` and `assignment.yaml`, as dataclasses: a field here is a key there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from assignments.package.convert import Both, Raw
from assignments.package.values import Limits, WidgetKind


@dataclass(frozen=True)
class CourseFile:
    """`course.yaml`: the title, and the folders of the assignments in order."""

    title: Both
    assignments: tuple[str, ...]
    line: int = field(metadata={"from": "line"})


@dataclass(frozen=True)
class OptionFile:
    """An option or a row: an id that never changes, its text (inline Markdown), and `also` accepted when typed."""

    id: str
    ru: str
    en: str
    also: tuple[str, ...] = ()


@dataclass(frozen=True)
class AnswerFile:
    """`answer:` of a task."""

    kind: WidgetKind
    line: int = field(metadata={"from": "line"})
    required: bool = True
    label: Both | None = None
    options: tuple[OptionFile, ...] = ()
    rows: tuple[OptionFile, ...] = ()


@dataclass(frozen=True)
class TaskFile:
    """One of `tasks:`. `checks` are read by their kind's own parameters; `messages` are hints by code."""

    id: str
    answer: AnswerFile
    checks: tuple[Raw, ...]
    line: int = field(metadata={"from": "line"})
    messages: Mapping[str, Both] = field(default_factory=dict)


@dataclass(frozen=True)
class AssignmentFile:
    """`assignment.yaml`."""

    title: Both
    tasks: tuple[TaskFile, ...]
    line: int = field(metadata={"from": "line"})
    notebook: Literal["required", "optional", "none"] = "none"
    runtime: Literal["tensorflow", "torch", "plain"] = "plain"
    device: Literal["cpu", "gpu", "prefer-gpu"] = "cpu"
    limits: Limits = field(default_factory=Limits)
    expected_s: int = 5
    dataset: Literal["fashion_mnist"] | None = None
    held_out: int = 5000
    collect: tuple[str, ...] = ()
    collect_models: bool = False
    attempts: int | None = None


@dataclass(frozen=True)
class CheckFile:
    """What every check has beside its kind's parameters."""

    kind: str
    points: float = 0.0
    gate: bool = False
    label: str = ""


CHECK_KEYS = ("kind", "points", "gate", "label")
