"""A class whose grades change, by the services that change them in earnest: many at once, some slow to commit, some undone."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import connection, transaction

from assignments.models import Assignment
from grader.accounts.models import Role, User
from grader.accounts.services import enrolment_ensure, person_ensure
from grader.events.models import Event
from grader.gradebook.decisions import Overtaken, override_set, override_withdraw
from grader.gradebook.models import Grade
from grader.gradebook.services import grade_ensure
from tests.factories import Cast, a_cast, graded

WRITERS = 6
ROLLED_BACK, SLOW = 0.1, 0.15  # shares of the changes
SLOWEST_S = 1.2


class _Undone(Exception):
    """The transaction is rolled back, with all that it wrote."""


@dataclass
class Written:
    """What the writers know of their own events, kept apart from the database."""

    committed: set[str] = field(default_factory=set)
    undone: set[str] = field(default_factory=set)
    changes: int = 0
    problems: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Class_:  # noqa: N801 - a class of students
    cast: Cast
    grades: Sequence[int]


def a_class(students: int) -> Class_:
    """So many students in two assignments; each one's notebook was graded by a run."""
    cast = a_cast()
    people = [_student(cast, number) for number in range(students)]
    made = [grade_ensure(person, work) for person in people for work in (cast.lab, cast.quiz)]
    return Class_(cast, [grade.pk for grade in made])


def _student(cast: Cast, number: int) -> User:
    person = person_ensure(username=f"student{number}", password=None)
    enrolment_ensure(user=person, course=cast.course, role=Role.STUDENT, external_user_id=f"lms-{number}")
    return person


def grades_change(class_: Class_, *, changes: int, over_s: float, seed: int) -> Written:
    """So many committed changes of grades, by several threads at once, spread over this time or as fast as it goes."""
    written, lock = Written(), threading.Lock()
    until = time.monotonic() + over_s

    def write(number: int) -> None:
        chance = random.Random(f"{seed}:writer {number}")
        try:
            for left in range(changes // WRITERS, 0, -1):
                while not _change(class_, chance, written, lock):
                    pass
                time.sleep(max(0, (until - time.monotonic()) / left) * chance.uniform(0, 1.2))
        except Exception as problem:
            written.problems.append(f"a writer ended: {problem!r}")
        finally:
            connection.close()

    threads = [threading.Thread(target=write, args=(number,)) for number in range(WRITERS)]
    for thread in threads:
        thread.start()
    _grade_by_runs(class_, written, lock)
    for thread in threads:
        thread.join()
    return written


def _grade_by_runs(class_: Class_, written: Written, lock: threading.Lock) -> None:
    """Each student's notebook is graded while others' grades are overridden."""
    for grade in Grade.objects.filter(pk__in=class_.grades, assignment=class_.cast.lab).select_related("student"):
        with transaction.atomic():
            work = graded(class_.cast, 2.0, student=grade.student)
            ids = _told_of(grade, grade.version) | set(_ids(data__submission_id=work.public_id))
        with lock:
            written.committed |= ids


def _change(class_: Class_, chance: random.Random, written: Written, lock: threading.Lock) -> bool:
    """One override or its withdrawal. Whether a change was committed."""
    grade = Grade.objects.get(pk=chance.choice(class_.grades))
    score = Decimal(chance.randrange(0, 301)) / 100
    fate, hold_s = chance.random(), chance.uniform(0.05, SLOWEST_S)
    ids: set[str] = set()
    try:
        with transaction.atomic():
            if grade.overridden and fate > 0.9:
                override_withdraw(grade=grade, reason="as the run says", by=class_.cast.teacher, seen_version=grade.version)
            else:
                override_set(grade=grade, score=score, reason="by hand", by=class_.cast.teacher, seen_version=grade.version)
            ids = _told_of(grade, grade.version)
            if fate < ROLLED_BACK + SLOW:
                time.sleep(hold_s)
            if fate < ROLLED_BACK:
                raise _Undone
    except Overtaken:
        return False
    except _Undone:
        with lock:
            written.undone |= ids
        return False
    with lock:
        written.committed |= ids
        written.changes += 1
    return True


def _told_of(grade: Grade, seen_version: int) -> set[str]:
    """Events of a grade beyond this version: while its row is locked they are our own."""
    return set(_ids(data__grade_id=grade.public_id, data__grade_version__gt=seen_version))


def _ids(**which: Any) -> Iterable[str]:
    return Event.objects.filter(**which).values_list("public_id", flat=True)


def last_grades(assignments: Sequence[Assignment]) -> dict[str, tuple[int, str | None]]:
    """Each grade's public id, its version and score as callers outside read them."""
    rows = Grade.objects.filter(assignment__in=assignments, version__gt=0)
    return {row.public_id: (row.version, None if row.score is None else f"{row.score:.2f}") for row in rows}
