"""Writing a drawn class down in bulk. The triggers of the database hold here too: verdicts come while their run is running,
each score has its row of history.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db import connection, transaction

from grader.checks.values import CheckVerdict, TaskVerdict
from grader.gradebook.models import Grade, GradeChange
from grader.gradebook.seed.draw import Cell, Upload
from grader.submissions.models import CheckResult, Run, RunState, Submission, SubmissionState, TaskResult
from grader.submissions.plain import plain, points

BATCH = 2000
STATES = {
    "graded": SubmissionState.GRADED,
    "review": SubmissionState.GRADED,
    "broken": SubmissionState.BROKEN,
    "not_judged": SubmissionState.GRADED,
    "quarantined": SubmissionState.QUARANTINED,
    "cancelled": SubmissionState.CANCELLED,
    "waiting": SubmissionState.QUEUED,
    "running": SubmissionState.RUNNING,
}
RUN_STATES = {
    "quarantined": RunState.QUARANTINED,
    "cancelled": RunState.CANCELLED,
    "waiting": RunState.QUEUED,
    "running": RunState.RUNNING,
}
LONG = timedelta(days=365)  # no worker takes a made-up run that waits, nor misses the one that runs


@dataclass(frozen=True)
class Pinned:
    """What submissions to an assignment refer to."""

    version_id: int
    queue: str
    max_score: Decimal
    notebook_digest: str  # empty where none is handed in


@dataclass
class Written:
    """A cell with its rows, for those who write more about it."""

    cell: Cell
    submissions: list[Submission]
    runs: list[Run]
    grade: Grade | None = None

    @property
    def counting(self) -> tuple[Submission, Run] | None:
        counts = self.cell.counts
        if counts is None:
            return None
        at = next(n for n, one in enumerate(self.cell.uploads) if one is counts)
        return self.submissions[at], self.runs[at]


@transaction.atomic
def cells_write(cells: Sequence[Cell], pinned: Mapping[int, Pinned]) -> list[Written]:
    """Submissions, runs, verdicts and grades with their history."""
    made = [_submissions(cell, pinned[cell.door.assignment_id]) for cell in cells]
    Submission.objects.bulk_create((row for one in made for row in one.submissions), batch_size=BATCH)
    for one in made:
        one.runs = [
            _run(upload, submission, pinned[one.cell.door.assignment_id])
            for upload, submission in zip(one.cell.uploads, one.submissions, strict=True)
        ]
    Run.objects.bulk_create((run for one in made for run in one.runs), batch_size=BATCH)
    _verdicts([pair for one in made for pair in zip(one.cell.uploads, one.runs, strict=True) if pair[1].result])
    ended = [run.pk for one in made for run in one.runs if run.result]
    Run.objects.filter(pk__in=ended).update(state=RunState.DONE, lease_until=None)
    _grades(made, pinned)
    return made


def _submissions(cell: Cell, pinned: Pinned) -> Written:
    rows = [
        Submission(
            student_id=cell.student_id,
            assignment_id=cell.door.assignment_id,
            attempt=number,
            state=STATES[upload.kind],
            notebook_digest=pinned.notebook_digest,
            notebook_name="домашняя работа.ipynb" if pinned.notebook_digest else "",
            answers={way.verdict.id: way.answer for way in upload.ways if way.answer is not None},
            charged=upload.kind not in ("not_judged", "quarantined", "cancelled"),
            submitted_at=upload.at,
        )
        for number, upload in enumerate(cell.uploads, 1)
    ]
    return Written(cell, rows, [])


def _run(upload: Upload, submission: Submission, pinned: Pinned) -> Run:
    took = timedelta(seconds=2 if not pinned.notebook_digest else 40)
    run = Run(
        submission=submission,
        package_version_id=pinned.version_id,
        queue=pinned.queue,
        state=RUN_STATES.get(upload.kind, RunState.RUNNING),  # done once its verdicts are there
        claim=0 if upload.kind in ("waiting", "cancelled") else 1,
        claims_lost=3 if upload.kind == "quarantined" else 0,
        worker="" if upload.kind in ("waiting", "cancelled") else "made up",
        queued_at=upload.at,
        not_before=upload.at + LONG if upload.kind == "waiting" else None,
        lease_until=upload.at + LONG if upload.kind == "running" else None,
        started_at=None if upload.kind in ("waiting", "cancelled") else upload.at + timedelta(seconds=3),
    )
    if upload.kind not in RUN_STATES:
        _result(run, upload, pinned)
        run.finished_at = upload.at + took
    return run


def _result(run: Run, upload: Upload, pinned: Pinned) -> None:
    run.result = upload.kind if upload.kind in ("broken", "not_judged") else "graded"
    run.max_score = pinned.max_score
    run.score = upload.score if upload.score is not None else Decimal("0.00")
    run.run_status = "ok" if pinned.notebook_digest else "none"
    run.engine, run.sandbox_level = ("made up", "none")
    if upload.kind == "broken":
        run.run_status, run.run_cell, run.run_code = "timeout", 7, "run.timeout_cell"
        run.run_values = {"cell": 7, "limit_s": 120}


def run_finished(upload: Upload, submission: Submission, like: Run) -> Run:
    """A further run of a submission, as a regrade makes one."""
    pinned = Pinned(like.package_version_id, like.queue, like.max_score or Decimal(0), submission.notebook_digest)
    run = _run(upload, submission, pinned)
    run.purpose = Run.Purpose.DRY_RUN
    run.save()
    _verdicts([(upload, run)])
    Run.objects.filter(pk=run.pk).update(state=RunState.DONE, lease_until=None)
    return run


def _verdicts(pairs: Sequence[tuple[Upload, Run]]) -> None:
    drawn = [(run, place, verdict) for upload, run in pairs for place, verdict in enumerate(_told(upload))]
    tasks = TaskResult.objects.bulk_create((_task(*one) for one in drawn), batch_size=BATCH)
    with connection.cursor() as cursor:
        # Whether a check's task is there is looked up by a plan that this connection keeps. One made while the table was small
        # scans it, row by row for each check; new statistics make Postgres plan anew.
        cursor.execute("ANALYZE submissions_taskresult")
    CheckResult.objects.bulk_create(_checks(tasks, [verdict for _, _, verdict in drawn]), batch_size=BATCH)


def _told(upload: Upload) -> list[TaskVerdict]:
    if upload.kind in ("broken", "not_judged"):
        return []  # as where a run ends before anything could be judged
    return [way.verdict for way in upload.ways]


def _task(run: Run, position: int, verdict: TaskVerdict) -> TaskResult:
    return TaskResult(
        run=run,
        task=verdict.id,
        position=position,
        status=verdict.status,
        points=points(verdict.points),
        max_points=points(verdict.max_points),
        code=verdict.code,
        values=plain(verdict.values),
        hint=verdict.hint or "",
        candidate=verdict.candidate_name or "",
    )


def _checks(tasks: Sequence[TaskResult], verdicts: Sequence[TaskVerdict]) -> Iterator[CheckResult]:
    for task, verdict in zip(tasks, verdicts, strict=True):
        for position, check in enumerate(verdict.checks):
            yield CheckResult(task=task, position=position, **_check(check))


def _check(check: CheckVerdict) -> dict[str, Any]:
    return {
        "kind": check.kind,
        "outcome": check.outcome,
        "code": check.code,
        "values": plain(check.values),
        "hint": check.hint or "",
        "points": points(check.points),
        "max_points": points(check.max_points),
    }


def _grades(made: Sequence[Written], pinned: Mapping[int, Pinned]) -> None:
    """The grade after each cell's runs. What people decided comes after, by the gradebook's own services."""
    for one in made:
        one.grade = _grade(one, pinned[one.cell.door.assignment_id])
    Grade.objects.bulk_create((one.grade for one in made if one.grade), batch_size=BATCH)
    changes = (
        GradeChange(
            grade=one.grade,
            version=1,
            reason="run",
            score_from=None,
            score_to=one.grade.score,
            run_id=one.grade.run_id,
            changed_at=one.submissions[-1].submitted_at,
        )
        for one in made
        if one.grade and one.grade.version
    )
    GradeChange.objects.bulk_create(changes, batch_size=BATCH)


def _grade(one: Written, pinned: Pinned) -> Grade:
    cell, counts, counting = one.cell, one.cell.counts, one.counting
    score = (counts.score or Decimal(0)) - cell.penalty if counts else None
    return Grade(
        student_id=cell.student_id,
        assignment_id=cell.door.assignment_id,
        score=score,
        max_score=pinned.max_score,
        version=0 if score is None else 1,
        run=counting[1] if counting else None,
        state=cell.state,
        attempts=sum(row.charged for row in one.submissions),
        late=(counts or cell.uploads[-1]).late,
        penalty=cell.penalty,
        latest_submission=one.submissions[-1].public_id,
    )
