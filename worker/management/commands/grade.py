"""`manage.py grade`: the whole pipeline on one notebook, without web, database and Redis."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from assignments.package import AssignmentPackage
from grader.catalogue import render
from grader.submissions.values import RunResult
from worker.management.commands import _offline


class Command(BaseCommand):
    help = "Grade one notebook here and now. Exit 0: graded or broken; 2: usage; 3: something was not judged (our fault)."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("notebook", type=Path, metavar="NOTEBOOK")
        parser.add_argument("--assignment", required=True, help="course/assignment, such as dl2/13, or a folder")
        parser.add_argument("--answers", type=Path, metavar="FILE.json", help='typed answers: {"13.1": "0.83", …}')
        parser.add_argument("--json", action="store_true", help="one JSON object as the last line of stdout")
        parser.add_argument("--lang", choices=["ru", "en"], default="ru")
        parser.add_argument("--keep", type=Path, metavar="DIR", help="keep the executed notebook and the evidence")

    def handle(self, **options: Any) -> None:
        package = _offline.find_package(options["assignment"])
        notebook = _read(options["notebook"])
        answers = _offline.answers_of(package, _answers(options["answers"]), options["lang"])
        _make(options["keep"])
        try:
            result = _offline.grade(package, notebook, answers, quiet=options["json"])
        except Exception as problem:
            if options["json"]:
                self.stdout.write(json.dumps(_trouble(options["assignment"], package, problem)))
            raise CommandError(f"Not judged, and that is our fault: {problem}", returncode=_offline.TROUBLE) from problem
        if options["keep"]:
            _keep(result, options["keep"])
        if options["json"]:
            self.stdout.write(json.dumps(as_json(options["assignment"], package, result, options["lang"]), ensure_ascii=False))
        else:
            self.stdout.write(in_words(package, result, options["lang"]))
        if result.status == "not_judged":
            raise CommandError("Something was not judged; that is our fault.", returncode=_offline.TROUBLE)


def as_json(name: str, package: AssignmentPackage, result: RunResult, lang: str) -> dict[str, Any]:
    """The object that callers rely on (docs/reference/commands.md). Numbers are numbers."""
    return {
        "assignment": name,
        "status": result.status,
        "score": result.score,
        "max_score": result.max_score,
        "tasks": {
            task.id: {
                "status": str(task.status),
                "points": task.points,
                "max_points": task.max_points,
                "code": task.code,
                "message": _offline.message(package, task, lang),
                "checks": [
                    {"kind": c.kind, "outcome": str(c.outcome), "code": c.code, "values": dict(c.values)} for c in task.checks
                ],
            }
            for task in result.tasks
        },
        "run": {
            "status": result.run.status,
            "cell": result.run.cell,
            "message": render(result.run.code, result.run.values, lang, explained=package.explained),
        },
        "timings_ms": dict(result.timings_ms),
    }


def in_words(package: AssignmentPackage, result: RunResult, lang: str) -> str:
    """The same for a person."""
    lines = [render(result.run.code, result.run.values, lang, explained=package.explained)] if result.run.code else []
    lines += [f"        {render(code, values, lang)}" for code, values in result.notes]
    for task in result.tasks:
        lines.append(
            f"{task.id:>6}  {task.points:g} / {task.max_points:g}  {task.status}: {_offline.message(package, task, lang)}"
        )
    lines.append(f"{result.status}: {result.score:g} / {result.max_score:g}")
    return "\n".join(lines)


def _trouble(name: str, package: AssignmentPackage, problem: Exception) -> dict[str, Any]:
    run = {"status": "none", "cell": None, "message": str(problem)[:500]}
    return {
        "assignment": name, "status": "not_judged", "score": 0, "max_score": package.max_score, "tasks": {}, "run": run,
        "timings_ms": {},
    }  # fmt: skip


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as problem:
        raise CommandError(f"{path} can't be read: {problem.strerror}.", returncode=2) from problem


def _answers(path: Path | None) -> dict[str, Any]:
    if path is None:
        return {}
    try:
        found = json.loads(_read(path))
    except ValueError as problem:
        raise CommandError(f"{path} is not JSON: {problem}.", returncode=2) from problem
    except RecursionError as problem:
        raise CommandError(f"{path} is nested too deeply for answers.", returncode=2) from problem
    if not isinstance(found, dict):
        raise CommandError(f'{path} must hold one object, such as {{"13.1": "0.83"}}.', returncode=2)
    return found


def _make(folder: Path | None) -> None:
    """The folder to keep things in, before the grading: nobody waits for minutes to hear of a wrong name."""
    try:
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise CommandError(f"--keep {folder}: no folder can be made there: {problem.strerror}.", returncode=2) from problem


def _keep(result: RunResult, folder: Path) -> None:
    for artefact in result.artefacts:
        (folder / artefact.name).write_bytes(artefact.content)
