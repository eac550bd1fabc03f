"""What a run is about: the notebook and the answers of its submission, or of a teacher's try-out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from assignments.models import PackageVersion
from assignments.package.answers import read_answers
from assignments.package.values import AssignmentPackage
from assignments.queries import package_of
from grader import blobs, queue
from grader.accounts.models import User
from grader.checks.values import Answer
from grader.submissions import errors
from grader.submissions.models import Run, TryOut
from grader.submissions.plain import plain, plain_text
from grader.submissions.preflight import preflight


@dataclass(frozen=True)
class Work:
    """Of a run. `seed_name`: the public id that decides its hidden data."""

    notebook_digest: str
    answers: dict[str, Any]
    seed_name: str


def work_of(run: Run) -> Work:
    if run.submission is not None:
        return Work(run.submission.notebook_digest, run.submission.answers, run.submission.public_id)
    tried = TryOut.objects.filter(run=run).first()
    return Work(tried.notebook_digest if tried else "", tried.answers if tried else {}, run.public_id)


def answers_to(package: AssignmentPackage, work: Work) -> dict[str, Answer]:
    """The answers to what this package asks: a later version, by which it is judged again, may have fewer tasks."""
    asked = {task.id for task in package.tasks}
    return read_answers(package, {task: raw for task, raw in work.answers.items() if task in asked})


def try_out_create(
    *, version: PackageVersion, notebook: bytes | None, notebook_name: str = "", answers: Mapping[str, Any], by: User
) -> Run:
    """A run of this version on a teacher's own notebook and answers. It is nobody's attempt and changes no grade.

    Raises:
        errors.Refused, AnswerError: as for a student's upload.
    """
    package = package_of(version)
    typed = {task: value for task, value in plain(answers).items() if value not in ("", [], {}, None)}
    read_answers(package, typed)
    wanted = notebook if package.notebook != "none" else None
    if wanted is None and package.notebook == "required":
        raise errors.Refused("preflight.missing")
    if wanted is not None:
        preflight(wanted)
    where = Run.Queue.NONE if not package.needs_worker else Run.Queue.CPU if package.device == "cpu" else Run.Queue.GPU
    with transaction.atomic():
        run = Run.objects.create(package_version=version, purpose=Run.Purpose.TRY_OUT, queue=where)
        TryOut.objects.create(
            run=run,
            notebook_digest=blobs.put(wanted) if wanted is not None else "",
            notebook_name=plain_text(notebook_name, 255),
            answers=typed,
            made_by=by,
        )
        if where != Run.Queue.NONE:
            transaction.on_commit(lambda: queue.ring(run.pk, where), robust=True)
    return run
