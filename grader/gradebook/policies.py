"""An assignment's rules: which attempt counts, how many there are, dates and lateness. Foreseen before they are changed."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import cast

from django.db import transaction

from assignments.models import Assignment
from grader.accounts.models import User
from grader.accounts.queries import extensions_in
from grader.gradebook.models import Grade, Override
from grader.gradebook.policy import Attempt, Policy, Standing, Word, standing
from grader.gradebook.queries import attempts_by, late_steps_of
from grader.gradebook.services import grade_recompute
from grader.submissions.models import Submission
from grader.submissions.terms import terms_with


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
    for effect in effects:
        grade_recompute(effect.grade.student, locked, reason="late_policy", by=by, comment=comment)
    return effects


def _with(assignment: Assignment, rules: Rules) -> Assignment:
    for name, value in asdict(rules).items():
        setattr(assignment, name, [list(step) for step in value] if name == "late_steps" else value)
    return assignment


def _effects(assignment: Assignment) -> list[Effect]:
    grades = list(Grade.objects.filter(assignment=assignment).select_related("student").order_by("pk"))
    standings = _standings(assignment, grades)
    return [Effect(one, then) for one, then in zip(grades, standings, strict=True) if _differs(one, then)]


def _standings(assignment: Assignment, grades: Sequence[Grade]) -> list[Standing]:
    """What policy says of each of these grades of one assignment."""
    given = extensions_in(assignment)
    due = {one.student_id: terms_with(assignment, given.get(one.student_id)).due_at for one in grades}
    submissions = list(Submission.objects.filter(assignment=assignment, student__in=due))
    attempts: dict[int, list[Attempt]] = {}
    for submission, attempt in zip(submissions, attempts_by(submissions, due), strict=True):
        attempts.setdefault(submission.student_id, []).append(attempt)
    words: dict[int, list[Word]] = {}
    for said in Override.objects.filter(grade__assignment=assignment):
        words.setdefault(said.grade_id, []).append(Word(said.pk, said.score))
    steps = late_steps_of(assignment)
    return [
        standing(
            cast(Policy, assignment.policy),
            attempts.get(one.student_id, ()),
            late_steps=steps,
            overrides=words.get(one.pk, ()),
        )
        for one in grades
    ]


def _differs(grade: Grade, then: Standing) -> bool:
    before = (grade.score, grade.late, grade.penalty, grade.state, grade.run_id)
    return before != (then.score, then.late, then.penalty, then.state, then.run or grade.run_id)
