"""An assignment's rules: which attempt counts, how many there are, dates and lateness. Foreseen before they are changed."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import transaction

from assignments.models import Assignment
from grader.accounts.models import User
from grader.gradebook.models import Grade
from grader.gradebook.policy import Standing
from grader.gradebook.queries import standings_of
from grader.gradebook.services import grades_recompute


@dataclass(frozen=True)
class Rules:
    """What a teacher sets for an assignment."""

    policy: str
    attempts_allowed: int | None
    cool_down_s: int
    opens_at: datetime | None
    due_at: datetime | None
    closes_at: datetime | None
    late_steps: tuple[tuple[float, float], ...] = ()  # hours, percent; rising

    @property
    def seal(self) -> str:
        """Short text that is another for other rules: a form says by it what its writer had before them."""
        return hashlib.sha256(repr(sorted(asdict(self).items())).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Effect:
    """What other rules make of a grade."""

    grade: Grade
    then: Standing

    @property
    def score_changes(self) -> bool:
        return self.then.score != self.grade.score


class RulesChanged(Exception):
    """Somebody set other rules since the caller looked."""


def rules_of(assignment: Assignment) -> Rules:
    steps = tuple((float(hours), float(percent)) for hours, percent in assignment.late_steps)
    dates = (assignment.opens_at, assignment.due_at, assignment.closes_at)
    return Rules(assignment.policy, assignment.attempts_allowed, assignment.cool_down_s, *dates, late_steps=steps)


def rules_foresee(assignment: Assignment, rules: Rules) -> list[Effect]:
    """Grades that these rules would change in some way. Nothing is written; six queries however many students there are."""
    changed = _with(Assignment.objects.get(pk=assignment.pk), rules)
    return _effects(changed)


@transaction.atomic
def rules_set(*, assignment: Assignment, rules: Rules, by: User, comment: str, seen: str) -> list[Effect]:
    """Set the rules and bring every grade that they change up to date, in one transaction. Raises `RulesChanged`.

    The assignment is locked before its grades: no upload can make a new grade by the old rules meanwhile, and whatever is
    being graded now either is read here or reads the new rules.
    """
    locked = Assignment.objects.select_for_update().get(pk=assignment.pk)
    if rules_of(locked).seal != seen:
        raise RulesChanged(str(assignment))
    _with(locked, rules).save(update_fields=list(asdict(rules)))
    list(Grade.objects.select_for_update().filter(assignment=locked).order_by("pk").values_list("pk"))
    effects = _effects(locked)
    students = [effect.grade.student_id for effect in effects]
    grades_recompute(locked, students, reason="late_policy", by=by, comment=comment)
    return effects


def _with(assignment: Assignment, rules: Rules) -> Assignment:
    for name, value in asdict(rules).items():
        setattr(assignment, name, [list(step) for step in value] if name == "late_steps" else value)
    return assignment


def _effects(assignment: Assignment) -> list[Effect]:
    grades = list(Grade.objects.filter(assignment=assignment).select_related("student").order_by("pk"))
    seen = standings_of(assignment, grades)
    return [Effect(one, then.standing) for one, then in zip(grades, seen, strict=True) if _differs(one, then.standing)]


def _differs(grade: Grade, then: Standing) -> bool:
    before = (grade.score, grade.late, grade.penalty, grade.state, grade.run_id)
    return before != (then.score, then.late, then.penalty, then.state, then.run or grade.run_id)
