"""What `grade` and `answer` share: find the package, read the answers, grade in a slot, say it in words. No database."""

from __future__ import annotations

import hashlib
import hmac
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError

from assignments.package import AnswerError, AssignmentPackage, PackageErrors, load_assignment, read_answers
from grader.catalogue import render
from grader.checks.values import Answer, TaskVerdict
from grader.submissions.values import ProgressReport, RunOrder, RunResult
from worker import pipeline, slots

TROUBLE = 3  # the exit code for "not judged": ours, not the notebook's


def find_package(name: str) -> AssignmentPackage:
    """The package of `course/assignment` among `assignments/courses`, or of a folder's path."""
    folder = Path(settings.BASE_DIR) / "assignments" / "courses" / name
    folder = folder if folder.is_dir() else Path(name)
    if not folder.is_dir():
        courses = Path(settings.BASE_DIR) / "assignments" / "courses"
        known = sorted(f"{p.parent.parent.name}/{p.parent.name}" for p in courses.glob("*/*/assignment.yaml"))
        raise CommandError(f"There is no assignment {name!r}. Known here: {', '.join(known)}.", returncode=2)
    try:
        return load_assignment(folder.resolve(), folder.resolve().parent.name)
    except PackageErrors as problem:
        raise CommandError(str(problem), returncode=2) from problem


def answers_of(package: AssignmentPackage, raw: Mapping[str, Any], lang: str) -> dict[str, Answer]:
    try:
        return read_answers(package, raw)
    except AnswerError as problem:
        raise CommandError(render(problem.code, problem.values, lang), returncode=2) from problem


def grade(
    package: AssignmentPackage,
    notebook: bytes | None,
    answers: Mapping[str, Answer],
    *,
    typed_only: bool = False,
    quiet: bool = False,
) -> RunResult:
    """Grade here and now. The seed comes from the site's secret and the notebook, so the same file is judged the same."""
    name = hashlib.sha256(notebook or b"").digest()
    seed = hmac.new(str(settings.GRADER_SITE_SECRET).encode(), name, hashlib.sha256).digest()
    order = RunOrder(package.root, notebook, answers, seed, purpose="dry_run", typed_only=typed_only)
    with slots.take("cpu") as slot:
        return pipeline.grade(order, slot=slot, on_progress=(lambda _: None) if quiet else _say)


def _say(progress: ProgressReport) -> None:
    where = f" cell {progress.cell} of {progress.cells}" if progress.cell else ""
    print(f"{progress.elapsed_s:7.1f} s  {progress.stage}{where}", file=sys.stderr)


def message(package: AssignmentPackage, verdict: TaskVerdict, lang: str) -> str:
    """The sentence for a task: what was found, then the hint."""
    extra = next(task.messages for task in package.tasks if task.id == verdict.id)
    parts = [render(verdict.code, verdict.values, lang, extra=extra)]
    if verdict.hint:
        parts.append(render(verdict.hint, verdict.values, lang, extra=extra))
    return " ".join(parts)
