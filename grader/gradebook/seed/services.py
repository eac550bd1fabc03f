"""Making a class: everything in a course that a gradebook shows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from random import Random

from django.db import transaction
from django.utils import timezone

from assignments.models import Assignment, Course
from assignments.package.values import AssignmentPackage
from assignments.queries import package_of
from grader import blobs
from grader.accounts.models import User
from grader.gradebook.seed.decided import decisions_write, regrade_write, reviews_open_write
from grader.gradebook.seed.draw import Door, cells_draw
from grader.gradebook.seed.people import people_add, staff_ensure
from grader.gradebook.seed.rows import Pinned, Written, cells_write
from grader.gradebook.seed.verdicts import ways_of
from grader.submissions.models import Run

PORTION = 200  # students at a time, so that memory does not grow with the class
LATE_STEPS = [[24, 10], [72, 30]]  # hours, percent: of every third assignment that has none of its own
DUE = time(23, 59)


@dataclass
class Seeded:
    """What was made. `states` counts grades by state, `decided` what people did by kind."""

    students: int = 0
    there_before: int = 0
    submissions: int = 0
    states: Counter[str] = field(default_factory=Counter)
    decided: Counter[str] = field(default_factory=Counter)


def class_seed(
    course: Course, *, students: int, seed: int, demo: bool, now: datetime | None = None, tell: Callable[[str], None] = print
) -> Seeded:
    """Students `seed0001` … of a course with all their work. Those who are there already are left alone, work and all."""
    now = now or timezone.now()
    done = Seeded()
    chance = Random(seed)
    doors, pinned = _doors(course, chance, now)
    by = staff_ensure(course, demo=demo)
    drawn_for_regrade: list[Written] = []
    for start in range(1, students + 1, PORTION):
        numbers = range(start, min(start + PORTION, students + 1))
        with transaction.atomic():
            people = people_add(course, numbers, chance)
            done.there_before += len(numbers) - len(people)
            for made in _work(people, doors, pinned, chance, now, first=start == 1):
                _count(done, made, by)
                drawn_for_regrade += [one for one in made if one.cell.extra == "regraded"]
        done.students += len(people)
        tell(f"{numbers[-1]} of {students} students")
    done.decided["regraded"] = regrade_write(drawn_for_regrade, by)
    return done


def _work(
    people: Sequence[User], doors: Sequence[Door], pinned: dict[int, Pinned], chance: Random, now: datetime, *, first: bool
) -> Iterator[list[Written]]:
    cells = list(cells_draw([user.pk for user in people], doors, chance, now, first=first))
    if cells:
        yield cells_write(cells, pinned)


def _count(done: Seeded, made: list[Written], by: User) -> None:
    done.submissions += sum(len(one.submissions) for one in made)
    done.states.update(one.grade.state for one in made if one.grade)
    done.states["late"] += sum(one.grade.late for one in made if one.grade)
    done.decided["reviews by a check"] += reviews_open_write(made)
    done.decided.update(decisions_write(made, by))


def _doors(course: Course, chance: Random, now: datetime) -> tuple[list[Door], dict[int, Pinned]]:
    rows = list(
        Assignment.objects.filter(course=course, current_version__isnull=False)
        .select_related("current_version__assignment__course")
        .order_by("position")
    )
    doors, pinned = [], {}
    for place, row in enumerate(rows):
        assert row.current_version is not None
        package = package_of(row.current_version)
        _dates(row, place, len(rows), now)
        pinned[row.pk] = Pinned(row.current_version.pk, _queue(row), row.max_score, _notebook(package))
        doors.append(_door(row, package, chance))
    return doors, pinned


def _door(row: Assignment, package: AssignmentPackage, chance: Random) -> Door:
    assert row.due_at is not None
    steps = tuple((float(hours), int(percent)) for hours, percent in row.late_steps)
    most = row.attempts_allowed if row.attempts_allowed is not None else 3
    return Door(row.pk, row.due_at, steps, ways_of(package, chance), most, row.policy == Assignment.Policy.LAST)


def _dates(row: Assignment, place: int, of: int, now: datetime) -> None:
    """A week between deadlines, the last two still ahead, where the course has none of its own."""
    if row.due_at is None:
        day = timezone.localtime(now) + timedelta(days=7 * (place - max(1, of - 2)))
        row.due_at = timezone.make_aware(datetime.combine(day.date(), DUE))
        if place % 3 == 0 and not row.late_steps:
            row.late_steps = LATE_STEPS
        row.save(update_fields=["due_at", "late_steps"])


def _queue(row: Assignment) -> str:
    if not row.needs_worker:
        return Run.Queue.NONE
    return Run.Queue.CPU if row.device == Assignment.Device.CPU else Run.Queue.GPU


def _notebook(package: AssignmentPackage) -> str:
    """What everybody is said to have handed in: the starter, so that pages which show a notebook have one."""
    if package.notebook == "none":
        return ""
    starter = package.root / "starter.ipynb"
    return blobs.put(starter.read_bytes()) if starter.is_file() else ""
