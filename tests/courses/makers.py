"""A course folder that is valid, to be spoilt one line at a time."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from assignments.package import PackageErrors, load_course

ASSIGNMENT = """\
title: {ru: Пример, en: Example}
notebook: required
runtime: tensorflow
dataset: fashion_mnist
collect_models: true
tasks:
  - id: "1.1"
    answer:
      kind: choice
      options:
        - {id: a, ru: Плавная, en: Smooth}
        - {id: b, ru: Быстрая, en: Fast}
    checks:
      - kind: choice
        right: a
        points: 1
        hints: {b: about_speed}
    messages:
      about_speed: {ru: Не быстрее., en: No faster.}
  - id: "1.2"
    answer: {kind: number, required: false}
    checks:
      - kind: accuracy
        at_least: 0.8
        points: 2
      - kind: typed_accuracy
        at_least: 0.8
        gate: true
"""
TEXTS = """\
# Пример

Вступление.

## 1.1 Первое

Вопрос первый.

## 1.2 Второе

```
## 1.1 это не заголовок
```
"""
NOTEBOOK = {"cells": [{"cell_type": "code", "source": "1", "outputs": [], "metadata": {}}], "nbformat": 4, "nbformat_minor": 5}


def a_course(folder: Path, assignment: str = ASSIGNMENT, *, ru: str = TEXTS, en: str = TEXTS, **files: str) -> Path:
    """Write a course with one assignment `1` under `folder`; `files` by path with `/` as `__`."""
    one = folder / "toy" / "1"
    one.mkdir(parents=True)
    (folder / "toy" / "course.yaml").write_text('title: {ru: Игрушка, en: Toy}\nassignments: ["1"]\n', "utf-8")
    (one / "assignment.yaml").write_text(assignment, "utf-8")
    (one / "ru.md").write_text(ru, "utf-8")
    (one / "en.md").write_text(en, "utf-8")
    for name in ("starter.ipynb", "reference.ipynb"):
        (one / name).write_text(json.dumps(NOTEBOOK), "utf-8")
    for name, content in files.items():
        path = one / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, "utf-8")
    return folder / "toy"


def problems(course: Path) -> list[str]:
    """Every sentence, with its file and line as `assignment.yaml:14`."""
    with pytest.raises(PackageErrors) as caught:
        load_course(course)
    return [f"{one.file.name}:{one.line}: {one.sentence('en')}" for one in caught.value.problems]
