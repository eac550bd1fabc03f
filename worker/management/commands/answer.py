"""`manage.py answer`: judges typed answers alone, as a student would type them."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from assignments.package import AssignmentPackage, Task
from grader.checks import KINDS, extra_runs, judge
from grader.checks.values import Answer, Evidence, TaskStatus, TaskVerdict
from worker.management.commands import _offline


class Command(BaseCommand):
    help = "Judge typed answers of one task. Where the task needs the notebook too, only the typed part is judged."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "answers", nargs="+", metavar="ANSWER", help="an option's id or text, a; b, left=right; …, a number, …"
        )
        parser.add_argument("--assignment", required=True)
        parser.add_argument("--task", required=True)
        parser.add_argument("--json", action="store_true")
        parser.add_argument("--lang", choices=["ru", "en"], default="ru")

    def handle(self, **options: Any) -> None:
        package = _offline.find_package(options["assignment"])
        task = next((task for task in package.tasks if task.id == options["task"]), None)
        if task is None:
            known = ", ".join(task.id for task in package.tasks)
            raise CommandError(f"{options['assignment']} has no task {options['task']!r}; it has {known}.", returncode=2)
        if not any(KINDS[spec.kind].typed for spec in task.spec.checks):
            raise CommandError(f"{task.id} is judged by its notebook alone. Use manage.py grade.", returncode=2)
        found = [(raw, self._judged(package, task, raw, options["lang"])) for raw in options["answers"]]
        if options["json"]:
            self.stdout.write(json.dumps([_as_json(package, raw, v, options["lang"]) for raw, v in found], ensure_ascii=False))
        else:
            for raw, verdict in found:
                self.stdout.write(f"{raw}: {verdict.status}: {_offline.message(package, verdict, options['lang'])}")
        if any(verdict.status is TaskStatus.NOT_JUDGED for _, verdict in found):
            raise CommandError("Something was not judged; that is our fault.", returncode=_offline.TROUBLE)

    def _judged(self, package: AssignmentPackage, task: Task, raw: str, lang: str) -> TaskVerdict:
        answers = _offline.answers_of(package, {task.id: raw}, lang)
        if not any(run.cells for run in extra_runs(task.spec, answers)):
            return judge([task.spec], Evidence(answers=answers), typed_only=True)[0]
        return self._in_a_sandbox(package, task, answers)

    def _in_a_sandbox(self, package: AssignmentPackage, task: Task, answers: dict[str, Answer]) -> TaskVerdict:
        """An expression runs nowhere but in a sandbox."""
        try:
            result = _offline.grade(package, None, answers, typed_only=True, quiet=True)
        except Exception as problem:
            raise CommandError(f"Not judged, and that is our fault: {problem}", returncode=_offline.TROUBLE) from problem
        return next(verdict for verdict in result.tasks if verdict.id == task.id)


def _as_json(package: AssignmentPackage, raw: str, verdict: TaskVerdict, lang: str) -> dict[str, str]:
    said = _offline.message(package, verdict, lang)
    return {"answer": raw, "status": str(verdict.status), "code": verdict.code, "message": said}
