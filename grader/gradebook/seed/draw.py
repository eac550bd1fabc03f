"""Who did what in a made-up class, decided by chance. Pure: the same numbers, doors and chance give the same class."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Literal

from grader.gradebook.seed.verdicts import Way, Ways
from grader.submissions.plain import points

Kind = Literal["graded", "review", "broken", "not_judged", "quarantined", "cancelled", "waiting", "running"]
Extra = Literal["", "late", "extended", "overridden", "commented", "asked", "answered", "regraded", "taken_back"]

# So that each occurs in a class of any size: the first students get one of these each.
FIRST: tuple[tuple[Kind, Extra], ...] = (
    *(("broken", ""), ("review", ""), ("quarantined", ""), ("not_judged", ""), ("cancelled", ""), ("waiting", "")),
    *(("running", ""), ("graded", "late"), ("graded", "extended"), ("graded", "overridden"), ("graded", "commented")),
    *(("graded", "asked"), ("graded", "answered"), ("graded", "regraded"), ("graded", "taken_back")),
)  # fmt: skip
# How often each happens to everybody else, in a thousand.
SELDOM: tuple[tuple[Kind, Extra, int], ...] = (
    *(("broken", "", 18), ("review", "", 20), ("quarantined", "", 2), ("not_judged", "", 2), ("cancelled", "", 6)),
    *(("graded", "late", 45), ("graded", "extended", 6), ("graded", "overridden", 9), ("graded", "commented", 25)),
    *(("graded", "asked", 4), ("graded", "answered", 4), ("graded", "regraded", 4), ("graded", "taken_back", 2)),
)
UNDER_WAY: tuple[tuple[Kind, int], ...] = (("waiting", 20), ("running", 6))  # in a thousand, of what is due later
LACKING: tuple[Extra, ...] = ("asked", "answered", "regraded")  # these are about points that were not given
JUDGED: tuple[Kind, ...] = ("graded", "review", "broken")


@dataclass(frozen=True)
class Door:
    """An assignment as the draw sees it."""

    assignment_id: int
    due_at: datetime
    late_steps: tuple[tuple[float, int], ...]
    ways: tuple[Ways, ...]
    most: int  # attempts
    last_counts: bool


@dataclass(frozen=True)
class Upload:
    kind: Kind
    at: datetime
    late: bool
    ways: tuple[Way, ...] = ()  # by task; none where nothing was judged

    @property
    def score(self) -> Decimal | None:
        """None where it was not judged."""
        if self.kind not in JUDGED:
            return None
        return (
            sum((points(way.verdict.points) for way in self.ways), Decimal("0.00")) if self.kind != "broken" else Decimal("0.00")
        )


@dataclass
class Cell:
    """One student's work in one assignment, oldest upload first."""

    student_id: int
    door: Door
    uploads: list[Upload]
    extra: Extra = ""

    @property
    def counts(self) -> Upload | None:
        judged = [one for one in self.uploads if one.score is not None]
        if self.door.last_counts:
            return judged[-1] if judged else None
        return max(judged, key=lambda one: one.score or 0, default=None)

    @property
    def penalty(self) -> Decimal:
        """Points that the upload that counts loses for being late."""
        counts = self.counts
        if counts is None or not counts.late:
            return Decimal("0.00")
        hours = (counts.at - self.door.due_at) / timedelta(hours=1)
        percent = max((share for after, share in self.door.late_steps if hours > after), default=0)
        return ((counts.score or Decimal(0)) * percent / 100).quantize(Decimal("0.01"))

    @property
    def state(self) -> str:
        kept = [one for one in self.uploads if one.kind != "cancelled"]
        if not kept:
            return "cancelled"
        newest, counts = kept[-1].kind, self.counts
        if newest in ("waiting", "running"):
            return "waiting"
        if newest in ("quarantined", "not_judged") or counts is None:
            return "problem"
        return counts.kind


def cells_draw(students: Sequence[int], doors: Sequence[Door], chance: Random, now: datetime, *, first: bool) -> Iterator[Cell]:
    """Everybody's cells; none where nothing was handed in. With `first` the students begin with one of `FIRST` each."""
    for number, student in enumerate(students):
        forced = FIRST[number] if first and number < len(FIRST) else None
        yield from _of_student(student, doors, chance, now, forced, number)


def _of_student(
    student: int, doors: Sequence[Door], chance: Random, now: datetime, forced: tuple[Kind, Extra] | None, number: int
) -> Iterator[Cell]:
    skill = chance.betavariate(4, 2)
    diligence = 0.97 if forced else chance.choices((0.97, 0.75, 0.2, 0.0), (70, 20, 7, 3))[0]
    past = [door for door in doors if door.due_at < now - timedelta(days=1)] or list(doors)
    if forced and forced[1] == "late":
        skill, past = 1.0, [door for door in past if door.late_steps] or past
    place = past[(7 * number + 3) % len(past)] if past else None
    for door in doors:
        if forced and door is place:
            yield _cell(student, door, chance, now, skill, forced, alone=forced[0] != "graded")
        elif chance.random() < diligence * _reach(door, now):
            yield _cell(student, door, chance, now, skill, _seldom(door, chance, now))


def _reach(door: Door, now: datetime) -> float:
    """What share of a class has handed in by now."""
    ahead = (door.due_at - now) / timedelta(days=7)
    return 1.0 if ahead <= 0 else 0.35 if ahead <= 1 else 0.06


def _seldom(door: Door, chance: Random, now: datetime) -> tuple[Kind, Extra]:
    at = chance.randrange(1000)
    if door.due_at > now:
        for kind, share in UNDER_WAY:
            if at < share:
                return kind, ""
            at -= share
        return "graded", ""
    for kind, extra, share in SELDOM:
        if at < share:
            return kind, extra
        at -= share
    return "graded", ""


def _cell(
    student: int, door: Door, chance: Random, now: datetime, skill: float, what: tuple[Kind, Extra], *, alone: bool = False
) -> Cell:
    """`alone`: one upload only, so that no earlier one counts instead."""
    kind, extra = what
    late = extra in ("late", "extended") and door.due_at < now
    if late:  # one upload, after the time that holds for everybody
        room = (now - door.due_at) / timedelta(hours=1)
        at = door.due_at + timedelta(hours=min(chance.choice((30, 50, 90)) + chance.random(), room * 0.9))
        return Cell(student, door, [Upload("graded", at, extra == "late", _answered(door, chance, skill))], extra)
    at = min(door.due_at, now) - timedelta(hours=chance.uniform(30, 150))
    if extra in LACKING:
        return Cell(student, door, [Upload("graded", at, False, _answered(door, chance, 0))], extra)
    uploads: list[Upload] = []
    while not alone and len(uploads) < min(door.most, 3) - 1 and chance.random() < 0.45:  # tries before the last
        uploads.append(Upload("graded", at, False, _answered(door, chance, skill - 0.15)))
        at += timedelta(hours=chance.uniform(0.3, 9))
        if uploads[-1].score == _most(door):
            break
    if not uploads or uploads[-1].score != _most(door) or kind != "graded":
        uploads.append(_upload(door, kind, at, chance, min(0.97, skill + 0.12 * len(uploads))))
    return Cell(student, door, uploads, extra)


def _most(door: Door) -> Decimal:
    return sum((points(task.right[0].verdict.max_points) for task in door.ways if task.right), Decimal("0.00"))


def _upload(door: Door, kind: Kind, at: datetime, chance: Random, skill: float) -> Upload:
    ways = _answered(door, chance, skill)
    if kind == "review":
        at_task = chance.randrange(len(ways))
        ways = tuple(chance.choice(door.ways[n].review) if n == at_task else way for n, way in enumerate(ways))
    return Upload(kind, at, False, ways)


def _answered(door: Door, chance: Random, skill: float) -> tuple[Way, ...]:
    return tuple(_way(task, chance, skill) for task in door.ways)


def _way(task: Ways, chance: Random, skill: float) -> Way:
    if task.right and (chance.random() < skill or not task.wrong):
        return chance.choice(task.right)
    if not task.wrong:
        return task.review[0]
    return task.wrong[min(int(chance.expovariate(0.7)), len(task.wrong) - 1)]
