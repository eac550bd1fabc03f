"""Uploads and what became of them: submissions, runs, verdicts, and where a run is now."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from assignments.models import Assignment, PackageVersion
from grader.ids import public_id


def submission_id() -> str:
    return public_id("sub")


def run_id() -> str:
    return public_id("run")


def draft_id() -> str:
    return public_id("dft")


class SubmissionState(models.TextChoices):
    QUEUED = "queued"
    RUNNING = "running"
    GRADED = "graded"
    BROKEN = "broken"
    CANCELLED = "cancelled"
    QUARANTINED = "quarantined"


class Submission(models.Model):
    """One upload of one student: the bytes as they came (content-addressed), the typed answers, and its state."""

    public_id = models.CharField(max_length=40, unique=True, default=submission_id, editable=False)
    student = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="submissions")
    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="submissions")
    attempt = models.PositiveIntegerField()  # 1, 2, … for this student and assignment
    state = models.CharField(max_length=12, choices=SubmissionState.choices, default=SubmissionState.QUEUED)
    notebook_digest = models.CharField(max_length=64, blank=True)  # blob; empty where only answers were typed
    notebook_name = models.CharField(max_length=255, blank=True)
    answers = models.JSONField(default=dict)
    # The run that speaks for it since a regrade was applied; None: the newest that judged something.
    speaking_run = models.ForeignKey("submissions.Run", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    charged = models.BooleanField(default=True)  # False: does not count against attempts_allowed (our fault, say)
    source = models.CharField(max_length=8, choices=[("web", "web"), ("api", "api")], default="web")
    external_submission_id = models.CharField(max_length=255, blank=True)
    # The database's clock, and never changed (a trigger refuses it): deadlines depend on it.
    submitted_at = models.DateTimeField(db_default=Now(), editable=False)

    latest: Run | None  # set by queries that say so

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["student", "assignment", "attempt"], name="attempt_once"),
            models.UniqueConstraint(
                fields=["assignment", "external_submission_id"],
                condition=~models.Q(external_submission_id=""),
                name="external_submission_once",
            ),
        ]


class Draft(models.Model):
    """What a refused form held, so that nothing typed or uploaded is lost. One for a student and assignment."""

    public_id = models.CharField(max_length=40, unique=True, default=draft_id, editable=False)
    student = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="drafts")
    assignment = models.ForeignKey(Assignment, on_delete=models.CASCADE, related_name="drafts")
    notebook_digest = models.CharField(max_length=64, blank=True)
    notebook_name = models.CharField(max_length=255, blank=True)
    answers = models.JSONField(default=dict)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["student", "assignment"], name="one_draft_each")]


class RunState(models.TextChoices):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"
    QUARANTINED = "quarantined"


class Run(models.Model):
    """One grading of one submission. The queue of record: a worker claims it, and only the claim's holder may finish it.

    Once `state` is done the row is frozen by a trigger. `claim` grows with each hold; `claims_lost` counts workers
    that died holding it, and after three the run is quarantined.
    """

    class Purpose(models.TextChoices):
        GRADE = "grade"
        DRY_RUN = "dry_run"
        TRY_OUT = "try_out"
        APPEAL = "appeal"

    class Queue(models.TextChoices):
        CPU = "grade.cpu"
        GPU = "grade.gpu"
        NONE = "none"  # judged in the request

    public_id = models.CharField(max_length=40, unique=True, default=run_id, editable=False)
    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, null=True, blank=True, related_name="runs")
    package_version = models.ForeignKey(PackageVersion, on_delete=models.PROTECT, related_name="runs")
    purpose = models.CharField(max_length=8, choices=Purpose.choices, default=Purpose.GRADE)

    # the queue
    state = models.CharField(max_length=12, choices=RunState.choices, default=RunState.QUEUED)
    queue = models.CharField(max_length=12, choices=Queue.choices, default=Queue.CPU)
    fell_back = models.BooleanField(default=False)  # wanted a GPU, got a CPU after the stated wait
    claim = models.PositiveIntegerField(default=0)
    claims_lost = models.PositiveIntegerField(default=0)
    worker = models.CharField(max_length=120, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    not_before = models.DateTimeField(null=True, blank=True)
    queued_at = models.DateTimeField(db_default=Now())
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    # the result (grader.submissions.values.RunResult)
    result = models.CharField(max_length=12, blank=True)  # graded, broken, not_judged
    run_status = models.CharField(max_length=10, blank=True)  # ok, error, timeout, memory, died, rejected, none
    run_cell = models.PositiveIntegerField(null=True, blank=True)
    run_code = models.CharField(max_length=80, blank=True)
    run_values = models.JSONField(default=dict)
    score = models.DecimalField(max_digits=8, decimal_places=2, null=True, blank=True)
    max_score = models.DecimalField(max_digits=8, decimal_places=2, null=True, blank=True)
    timings_ms = models.JSONField(default=dict)
    notes = models.JSONField(default=list)
    report = models.JSONField(default=dict)  # what was measured of each caught model, for the page (`report.py`)

    # the receipt (grader.submissions.values.Receipt)
    evidence_digest = models.CharField(max_length=64, blank=True)
    executed_notebook_digest = models.CharField(max_length=64, blank=True)
    notebook_view_digest = models.CharField(max_length=64, blank=True)  # what the page shows of it (`executed.py`)
    runtime_lock = models.CharField(max_length=64, blank=True)
    checks_version = models.CharField(max_length=40, blank=True)
    engine = models.CharField(max_length=40, blank=True)
    sandbox_level = models.CharField(max_length=10, blank=True)
    seed_commitment = models.CharField(max_length=64, blank=True)
    device = models.CharField(max_length=40, blank=True)
    sandboxes = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["queue", "id"], condition=models.Q(state="queued"), name="runs_waiting"),
            models.Index(fields=["lease_until"], condition=models.Q(state="running"), name="runs_leased"),
        ]


class TryOut(models.Model):
    """What a teacher tried an assignment with: a run's own notebook and answers, where it belongs to no submission."""

    run = models.OneToOneField(Run, on_delete=models.PROTECT, related_name="try_out")
    notebook_digest = models.CharField(max_length=64, blank=True)
    notebook_name = models.CharField(max_length=255, blank=True)
    answers = models.JSONField(default=dict)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")


class RunReceipt(models.Model):
    """What a run was judged by and what came of it, as canonical JSON under a signature (`receipts.py`). Append-only."""

    run = models.OneToOneField(Run, on_delete=models.PROTECT, related_name="receipt")
    body = models.TextField()
    signature = models.CharField(max_length=64)


class TaskResult(models.Model):
    """A task's status and points in one run. Append-only."""

    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="tasks")
    task = models.CharField(max_length=20)
    position = models.PositiveIntegerField()
    status = models.CharField(max_length=12)
    points = models.DecimalField(max_digits=8, decimal_places=2)
    max_points = models.DecimalField(max_digits=8, decimal_places=2)
    code = models.CharField(max_length=120)
    values = models.JSONField(default=dict)
    hint = models.CharField(max_length=120, blank=True)
    candidate = models.CharField(max_length=200, blank=True)  # which caught model it was judged on, by the student's name for it

    class Meta:
        ordering = ["run", "position"]
        constraints = [models.UniqueConstraint(fields=["run", "task"], name="a_task_once_a_run")]


class CheckResult(models.Model):
    """One check's verdict. Append-only."""

    task = models.ForeignKey(TaskResult, on_delete=models.PROTECT, related_name="checks")
    position = models.PositiveIntegerField()
    kind = models.CharField(max_length=60)
    outcome = models.CharField(max_length=12)
    code = models.CharField(max_length=120)
    values = models.JSONField(default=dict)
    hint = models.CharField(max_length=120, blank=True)
    points = models.DecimalField(max_digits=8, decimal_places=2)
    max_points = models.DecimalField(max_digits=8, decimal_places=2)

    class Meta:
        ordering = ["task", "position"]


class Progress(models.Model):
    """Where a run is now: a row of its own, since it changes often and is worth nothing afterwards."""

    run = models.OneToOneField(Run, on_delete=models.CASCADE, related_name="progress")
    stage = models.CharField(max_length=20)
    cell = models.PositiveIntegerField(null=True, blank=True)
    cells = models.PositiveIntegerField(null=True, blank=True)
    cell_started_at = models.DateTimeField(null=True, blank=True)
    output_head = models.TextField(blank=True)
    output_skipped = models.PositiveBigIntegerField(default=0)  # characters between head and tail
    output_tail = models.TextField(blank=True)
    curve = models.JSONField(default=list)  # trainings so far, as printed (`report.trainings`)
    updated_at = models.DateTimeField(auto_now=True)


class WorkerPresence(models.Model):
    """A worker process that is alive, so that people see who grades and the fallback knows whether a GPU is served."""

    name = models.CharField(max_length=120, primary_key=True)
    queues = models.JSONField(default=list)
    slots = models.PositiveIntegerField(default=1)
    sandbox_level = models.CharField(max_length=10, blank=True)
    detail = models.JSONField(default=dict)
    seen_at = models.DateTimeField(db_default=Now())
