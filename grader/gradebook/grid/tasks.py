"""How a class did in each task: from the runs that count, in a constant number of queries."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Avg, Count, Min, Q, QuerySet

from assignments.models import Assignment, Course
from grader.accounts.models import User
from grader.accounts.names import listed_name
from grader.gradebook.models import Grade
from grader.submissions.models import Run, RunState, TaskResult

FEW = 5  # under so many submissions a picture would say more than there is
BARS = 10
EXAMPLES = 3
CODES = 12


@dataclass(frozen=True)
class TaskLine:
    """A task in the list. `handed_in`: students whose counting run judged it."""

    task: str
    handed_in: int
    passed: int
    review: int
    mean: Decimal | None


@dataclass(frozen=True)
class Bar:
    """Students whose points lie from `least` to `most`; the two are the same where points are few."""

    least: Decimal
    most: Decimal
    students: int


@dataclass(frozen=True)
class Failure:
    """One way to fail, by its code: how many students, and some of their submissions. `values` are the first one's."""

    code: str
    hint: str
    values: Mapping[str, Any]
    students: int
    examples: tuple[tuple[str, str], ...]  # public id, student's name


@dataclass(frozen=True)
class TaskReport:
    handed_in: int
    passed: int
    review: int
    mean: Decimal | None
    most: Decimal
    bars: tuple[Bar, ...]
    attempts: tuple[tuple[int, int], ...]  # passed with this attempt first, students
    not_yet: int
    failures: tuple[Failure, ...]


def task_lines(course: Course, students: QuerySet[User]) -> dict[int, dict[str, TaskLine]]:
    """By assignment and task. One query."""
    rows = (
        Grade.objects.filter(assignment__course=course, student__in=students, run__tasks__isnull=False)
        .values_list("assignment_id", "run__tasks__task")
        .annotate(
            n=Count("pk"),
            passed=Count("pk", filter=Q(run__tasks__status="passed")),
            review=Count("pk", filter=Q(run__tasks__status="review")),
            mean=Avg("run__tasks__points"),
        )
    )
    found: dict[int, dict[str, TaskLine]] = {}
    for assignment, task, number, passed, review, mean in rows:
        found.setdefault(assignment, {})[task] = TaskLine(task, number, passed, review, mean)
    return found


def task_report(assignment: Assignment, task: str, students: QuerySet[User]) -> TaskReport:
    """Two queries."""
    rows = list(
        TaskResult.objects.filter(
            task=task,
            run__in=Grade.objects.filter(assignment=assignment, student__in=students, run__isnull=False).values("run"),
        )
        .order_by("-run_id")
        .values_list(
            *("status", "points", "max_points", "code", "hint", "values", "run__submission__public_id"),
            *("run__submission__student__last_name", "run__submission__student__first_name"),
            "run__submission__student__username",
        )
    )
    points = [row[1] for row in rows]
    most = max((row[2] for row in rows), default=Decimal(0))
    first = _first_passes(assignment, task, students)
    return TaskReport(
        handed_in=len(rows),
        passed=sum(row[0] == "passed" for row in rows),
        review=sum(row[0] == "review" for row in rows),
        mean=sum(points, Decimal(0)) / len(points) if points else None,
        most=most,
        bars=bars_of(points, most) if len(rows) >= FEW else (),
        attempts=tuple(sorted(Counter(first.values()).items())),
        not_yet=sum(row[0] != "passed" for row in rows),
        failures=_failures([row for row in rows if row[0] not in ("passed", "review")]),
    )


def _first_passes(assignment: Assignment, task: str, students: QuerySet[User]) -> dict[int, int]:
    """By student: the number of the first attempt that passed."""
    passed = (
        TaskResult.objects.filter(
            task=task,
            status="passed",
            run__state=RunState.DONE,
            run__purpose=Run.Purpose.GRADE,
            run__submission__assignment=assignment,
            run__submission__student__in=students,
        )
        .order_by()
        .values_list("run__submission__student")
        .annotate(first=Min("run__submission__attempt"))
    )
    return dict(passed)


def bars_of(points: Sequence[Decimal], most: Decimal) -> tuple[Bar, ...]:
    """A bar for each number of points where there are few, else ten of equal width, the last with its upper end."""
    counted = Counter(points)
    if len(counted) <= BARS + 1:
        every = sorted(set(counted) | {Decimal("0.00"), most})
        return tuple(Bar(one, one, counted[one]) for one in every)
    width = most / BARS
    bins = Counter(min(int(one / width), BARS - 1) for one in points)
    return tuple(Bar(width * n, width * (n + 1), bins[n]) for n in range(BARS))


def _failures(rows: Iterable[tuple[Any, ...]]) -> tuple[Failure, ...]:
    grouped: dict[tuple[str, str], list[tuple[Any, ...]]] = {}
    for row in rows:
        grouped.setdefault((row[3], row[4]), []).append(row)
    commonest = sorted(grouped.items(), key=lambda pair: (-len(pair[1]), pair[0]))[:CODES]
    return tuple(
        Failure(code, hint, some[0][5], len(some), tuple((row[6], listed_name(*row[7:10])) for row in some[:EXAMPLES]))
        for (code, hint), some in commonest
    )
