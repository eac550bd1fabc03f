"""Reading submissions, runs and the queue. Access is a query: who has the object may use it."""

from __future__ import annotations

from datetime import timedelta

from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, Min, QuerySet
from django.db.models.functions import Now

from assignments.models import Assignment
from grader.accounts.models import User
from grader.accounts.queries import work_visible_to
from grader.submissions.models import Draft, Run, RunState, Submission, WorkerPresence

_VERSION = ("package_version__assignment__course",)  # what `package_of` looks at
PRESENT_S = 90  # a worker says that it is there each 30 s


def submissions_visible_to(user: User | AnonymousUser) -> QuerySet[Submission]:
    """A person's own; for those who teach or assist in a course, all of that course; for the admin, all."""
    return work_visible_to(user, Submission.objects.select_related("assignment__course", "student"))


def attempts_used(student: User, assignment: Assignment) -> int:
    """Attempts that count against the allowed number: those that were our own fault do not."""
    return Submission.objects.filter(student=student, assignment=assignment, charged=True).count()


def attempts_used_by_assignment(student: User) -> dict[int, int]:
    """The same for every assignment at once, by assignment id, in one query."""
    counted = Submission.objects.filter(student=student, charged=True).order_by().values_list("assignment").annotate(Count("id"))
    return dict(counted)


def draft_of(student: User, assignment: Assignment) -> Draft | None:
    return Draft.objects.filter(student=student, assignment=assignment).first()


def run_by_name(name: str) -> Run | None:
    """A run by its public id, or the last one of a submission by its."""
    runs = Run.objects.select_related("submission", *_VERSION)
    return runs.filter(public_id=name).first() or runs.filter(submission__public_id=name).order_by("-id").first()


def latest_run(submission: Submission) -> Run | None:
    """The newest run that grades this submission, with its progress."""
    return submission.runs.filter(purpose=Run.Purpose.GRADE).select_related(*_VERSION, "progress").order_by("-id").first()


def run_shown(submission: Submission) -> Run | None:
    """The run that a result page shows, with its verdicts: the one that speaks since a regrade, else the newest that ended with
    a result, else the newest.
    """
    runs = submission.runs.select_related(*_VERSION).prefetch_related("tasks__checks")
    if submission.speaking_run_id is not None:
        return runs.get(pk=submission.speaking_run_id)
    graded = runs.filter(purpose=Run.Purpose.GRADE)
    return graded.filter(state=RunState.DONE).order_by("-id").first() or graded.order_by("-id").first()


def notebook_run(submission: Submission, run: Run) -> Run | None:
    """The run whose executed notebook is shown with `run`: itself; the one whose evidence it judged again; else the newest that
    graded. A dry run that a teacher did not apply is nobody else's business.
    """
    if run.executed_notebook_digest:
        return run
    left = submission.runs.exclude(executed_notebook_digest="").order_by("-id")
    same = left.filter(evidence_digest=run.evidence_digest).first() if run.evidence_digest else None
    return same or left.filter(purpose=Run.Purpose.GRADE).first()


def workers_alive(queue: str) -> int:
    """How many workers that serve `queue` were heard of lately."""
    seen = Now() - timedelta(seconds=PRESENT_S)
    return WorkerPresence.objects.filter(queues__contains=[queue], seen_at__gte=seen).count()


def waiting_summary() -> tuple[int, int]:
    """How many runs wait, and for how many seconds the oldest does (0 when none)."""
    found = Run.objects.filter(state=RunState.QUEUED).aggregate(number=Count("id"), oldest_s=Now() - Min("queued_at"))
    return found["number"], int(found["oldest_s"].total_seconds()) if found["oldest_s"] else 0
