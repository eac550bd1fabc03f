"""What a regrade changes: who gains, who loses, and why; in a constant number of queries for a page of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Case, Count, F, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce

from assignments.models import Assignment
from grader.gradebook.models import Grade, Regrade, RegradeItem
from grader.gradebook.queries import runs_that_speak
from grader.submissions.models import Run, Submission, TaskResult

State, Item = Regrade.State, RegradeItem.State
WAYS = ("gains", "loses", "same", "failed", "waiting")
_NONE = Value(Decimal(0))
_VERDICT = ("status", "points", "max_points", "code", "hint")


@dataclass(frozen=True)
class TaskChange:
    """A task whose verdict becomes another; a side is None where that run had no such task."""

    task: str
    before: TaskResult | None
    after: TaskResult | None


@dataclass(frozen=True)
class Row:
    """One submission of a regrade."""

    submission: Submission
    way: str  # one of WAYS
    state: str  # RegradeItem.State
    before: Decimal | None
    after: Decimal | None
    most: Decimal
    changes: tuple[TaskChange, ...]
    counts: bool  # it is the attempt that counts
    overridden: bool  # a teacher's word stays on top of whatever is computed
    moved_on: bool  # something else speaks for it since the dry run: it is left alone
    protected: bool  # it would lose, and nothing may

    @property
    def will_be(self) -> Decimal | None:
        return self.before if self.protected or self.moved_on or self.way in ("failed", "waiting") else self.after

    @property
    def change(self) -> Decimal:
        return (self.will_be or Decimal(0)) - (self.before or Decimal(0))


@dataclass(frozen=True)
class Counts:
    """How many items go which way, and how far it is."""

    by_way: dict[str, int]
    items: int
    judged: int  # those that wait no longer for their dry run
    moved: int  # those that were applied, kept or undone
    came_later: int  # submissions handed in since it was started, which are none of its business

    @property
    def failed(self) -> int:
        return self.by_way["failed"]


def goes_on(regrade: Regrade) -> bool:
    """Whether something is still being done for it; an undo is over when no item is left applied."""
    undoing = regrade.state == State.UNDONE and regrade.items.filter(state=Item.APPLIED).exists()
    return undoing or regrade.state in (State.TRYING, State.APPLYING)


def items_of(regrade: Regrade, way: str = "") -> QuerySet[RegradeItem]:
    """Its items, each with `way`; only those that go this way, if one is given."""
    judged = Q(state__in=[Item.JUDGED, Item.APPLIED, Item.KEPT, Item.UNDONE])
    before, after = Coalesce(F("run_before__score"), _NONE), Coalesce(F("run_after__score"), _NONE)
    items = RegradeItem.objects.filter(regrade=regrade).annotate(
        before=before,
        after=after,
        way=Case(
            When(state=Item.FAILED, then=Value("failed")),
            When(~judged, then=Value("waiting")),
            When(after__gt=F("before"), then=Value("gains")),
            When(after__lt=F("before"), then=Value("loses")),
            default=Value("same"),
        ),
    )
    return items.filter(Q(way=way)) if way in WAYS else items


def counts_of(regrade: Regrade) -> Counts:
    """Two queries, whatever the size."""
    rows: Any = items_of(regrade).order_by().values_list(F("way"), "state").annotate(Count("pk"))
    by_way = dict.fromkeys(WAYS, 0)
    judged = moved = items = 0
    for way, state, number in rows:
        by_way[way] += number
        items += number
        judged += number if state != Item.WAITING else 0
        moved += number if state in (Item.APPLIED, Item.KEPT, Item.FAILED) else 0
    if regrade.state == State.UNDONE:
        moved = items - sum(number for _, state, number in rows if state == Item.APPLIED)
    later = Submission.objects.filter(assignment=regrade.assignment_id, submitted_at__gt=regrade.made_at).count()
    return Counts(by_way, items, judged, moved, later)


def rows_of(regrade: Regrade, items: Sequence[RegradeItem], *, never_lower: bool) -> list[Row]:
    """A page of items in full. Those that come from `items_of`, fetched with `for_rows`."""
    submissions = [item.submission for item in items]
    students = {one.student_id for one in submissions}
    grades = {one.student_id: one for one in Grade.objects.filter(assignment=regrade.assignment_id, student__in=students)}
    speaking = runs_that_speak(submissions) if regrade.state in (State.TRYING, State.READY) else None
    return [_row(item, grades.get(item.submission.student_id), speaking, never_lower) for item in items]


def for_rows(items: QuerySet[RegradeItem]) -> QuerySet[RegradeItem]:
    return items.select_related("submission__student", "run_before", "run_after").prefetch_related(
        "run_before__tasks", "run_after__tasks"
    )


def _row(item: RegradeItem, grade: Grade | None, speaking: dict[int, Run] | None, never_lower: bool) -> Row:
    way = str(getattr(item, "way", "same"))
    before, after = item.run_before, item.run_after
    done = way not in ("failed", "waiting")
    now = speaking.get(item.submission_id) if speaking is not None else before
    return Row(
        submission=item.submission,
        way=way,
        state=item.state,
        before=before.score if before else None,
        after=after.score if after and done else None,
        most=(after.max_score if after and done else before.max_score if before else None) or Decimal(0),
        changes=tuple(_changes(before, after)) if after and done else (),
        counts=bool(grade and grade.run_id and grade.run_id in {before and before.pk, after and after.pk}),
        overridden=bool(grade and grade.overridden),
        moved_on=now != before or (item.state == Item.KEPT and way != "same" and not (never_lower and way == "loses")),
        protected=never_lower and way == "loses",
    )


def _changes(before: Run | None, after: Run) -> Iterator[TaskChange]:
    was = {one.task: one for one in before.tasks.all()} if before else {}
    now = {one.task: one for one in after.tasks.all()}
    for task in [*now, *(task for task in was if task not in now)]:
        one, other = was.get(task), now.get(task)
        if _verdict(one) != _verdict(other):
            yield TaskChange(task, one, other)


def _verdict(row: TaskResult | None) -> tuple[Any, ...]:
    return () if row is None else tuple(getattr(row, name) for name in _VERDICT)


def regrades_of(course_id: int) -> QuerySet[Regrade]:
    """A course's regrades, newest first, each with the number of its items."""
    rows = Regrade.objects.filter(assignment__course=course_id).select_related("assignment", "made_by")
    return rows.annotate(number=Count("items")).order_by("-id")


def assignments_with_work(course_id: int) -> QuerySet[Assignment]:
    found = Assignment.objects.filter(course=course_id, current_version__isnull=False, submissions__isnull=False)
    return found.distinct().order_by("position", "slug")
