"""A student does a whole course in a browser: every answer from the package's own key, every notebook its reference."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from playwright.sync_api import Page

from assignments.package.values import AssignmentPackage, Task

NOTEBOOK_S = 1200  # the longest reference trains for six minutes, and more where others are at work


def right_answers(package: AssignmentPackage) -> dict[str, Any]:
    """What earns full points, by task: what the reference types, else what the key says."""
    typed = package.root / "reference.answers.json"
    answers: dict[str, Any] = json.loads(typed.read_text("utf-8")) if typed.exists() else {}
    for task in package.tasks:
        if task.id not in answers and task.widget.kind != "none" and (right := _by_the_key(task)) is not None:
            answers[task.id] = right
    return answers


def _by_the_key(task: Task) -> Any:
    for check in task.spec.checks:
        for name in ("right", "equals", "value", "accepted"):
            if (right := getattr(check.params, name, None)) is not None and check.points:
                right = right[0] if name == "accepted" else right
                return dict(right) if isinstance(right, Mapping) else list(right) if isinstance(right, tuple) else right
    return None


def hand_in(tab: Page, url: str, package: AssignmentPackage, answers: Mapping[str, Any]) -> None:
    """Fill the form as a person would, send it, and wait for the result page."""
    tab.goto(f"{url}/courses/{package.course}/{package.slug}/")
    for task in package.tasks:
        if task.id in answers:
            answer(tab, task, answers[task.id])
    if package.notebook != "none":
        tab.set_input_files("#notebook", package.root / "reference.ipynb")
    tab.click("#form > .row > .button")
    tab.wait_for_url(re.compile("/results/sub_"), timeout=1000 * NOTEBOOK_S)


def answer(tab: Page, task: Task, given: Any) -> None:
    field = "answer-" + task.id.replace(".", "-")
    if task.widget.kind == "choice":
        tab.check(f"#{field}-{given}")
    elif task.widget.kind == "choices":
        for option in task.widget.options:
            tab.set_checked(f"#{field}-{option.id}", option.id in given)
    elif task.widget.kind == "matching":
        for row, option in given.items():
            tab.select_option(f"#{field}-{row}", option)
    elif task.widget.kind == "sequence":
        tab.fill(f"#{field}", "; ".join(map(str, given)))
    else:
        tab.fill(f"#{field}", str(given))
