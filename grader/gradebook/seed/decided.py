"""What people decided about made-up work: overrides, comments, reviews, extensions, a regrade. Few, so each changes its grade by
`grade_recompute`, as in earnest.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from assignments.models import Assignment
from grader.accounts.models import Extension, User
from grader.gradebook.models import Comment, Grade, Override, Regrade, RegradeItem, Review, TaskDecision
from grader.gradebook.seed.rows import BATCH, Written, run_finished
from grader.gradebook.services import grade_recompute
from grader.submissions.models import Run, Submission, TaskResult

WORDS = (
    "Хорошая работа: код читается легко. Подпишите оси у графика.",
    "Посмотрите на скорость обучения: при 0,01 сеть расходится.",
    "Зачтено устно на семинаре.",
    "Notebook handed in by mail because the site was down; counted as on time.",
)
ASKED = "В ячейке 9 точность выше порога, а задача не зачтена. Посмотрите, пожалуйста."
ANSWERED = "Вы правы: модель подходит, просто названа иначе. Баллы добавлены."


@transaction.atomic
def decisions_write(made: Sequence[Written], by: User) -> Counter[str]:
    """Each cell's extra. Says how many there are of each."""
    done: Counter[str] = Counter()
    for one in made:
        act = ACTS.get(one.cell.extra)
        if act is not None and one.counting is not None and one.grade is not None:
            act(one, by)
            done[one.cell.extra] += 1
    return done


def _recompute(one: Written, *, reason: str, by: User, comment: str) -> None:
    assert one.grade is not None
    word = reason == "override"  # which leaves its row of history where the points stay the same, too
    grade_recompute(one.grade.student, one.grade.assignment, reason=reason, by=by, comment=comment, recorded=word)


def _override(one: Written, by: User) -> None:
    grade = one.grade
    assert grade is not None
    score = min(grade.max_score, (grade.score or Decimal(0)) + max(Decimal("0.5"), grade.max_score / 4)).quantize(Decimal("0.5"))
    Override.objects.create(grade=grade, score=score, reason=WORDS[2], made_by=by)
    _recompute(one, reason="override", by=by, comment=WORDS[2])


def _take_back(one: Written, by: User) -> None:
    _override(one, by)
    assert one.grade is not None
    Override.objects.create(grade=one.grade, score=None, reason="Ошибся строкой.", made_by=by)
    _recompute(one, reason="override", by=by, comment="Ошибся строкой.")


def _comment(one: Written, by: User) -> None:
    submission = one.submissions[-1]
    Comment.objects.create(submission=submission, author=by, text=WORDS[submission.pk % 2])
    if submission.pk % 3 == 0:
        Comment.objects.create(submission=submission, author=by, text="Похоже на работу соседа; спросить.", private=True)


def _extend(one: Written, by: User) -> None:
    due = one.cell.door.due_at + timedelta(days=14)
    assert one.grade is not None
    Extension.objects.create(
        student=one.grade.student, assignment=one.grade.assignment, due_at=due, more_attempts=1, reason="Болезнь", given_by=by
    )


def _ask(one: Written, by: User) -> None:
    submission, run = one.counting or (one.submissions[-1], one.runs[-1])
    Review.objects.create(submission=submission, task=_lowest(run).task, cause=Review.Cause.STUDENT, asked=ASKED)
    assert one.grade is not None
    Grade.objects.filter(pk=one.grade.pk).update(reviews_open=1)


def _answer(one: Written, by: User) -> None:
    submission, run = one.counting or (one.submissions[-1], one.runs[-1])
    task = _lowest(run)
    decision = TaskDecision.objects.create(
        submission=submission, task=task.task, points=task.max_points, reason=ANSWERED, made_by=by
    )
    Review.objects.create(
        submission=submission,
        task=task.task,
        cause=Review.Cause.STUDENT,
        asked=ASKED,
        state=Review.State.DECIDED,
        decision=decision,
        answer=ANSWERED,
        decided_by=by,
        decided_at=timezone.now(),
    )
    _recompute(one, reason="review", by=by, comment=ANSWERED)


def _lowest(run: Run) -> TaskResult:
    return min(run.tasks.all(), key=lambda task: task.points - task.max_points)


ACTS: dict[str, Callable[[Written, User], None]] = {
    "overridden": _override,
    "taken_back": _take_back,
    "commented": _comment,
    "extended": _extend,
    "asked": _ask,
    "answered": _answer,
}


def reviews_open_write(made: Iterable[Written]) -> int:
    """The queue's row for each task that a check left to a person."""
    rows = [
        Review(submission=submission, task=way.verdict.id, cause=Review.Cause.CHECK, opened_at=submission.submitted_at)
        for one in made
        for upload, submission in zip(one.cell.uploads, one.submissions, strict=True)
        if upload.kind == "review" and one.cell.counts is upload
        for way in upload.ways
        if way.verdict.status == "review"
    ]
    Review.objects.bulk_create(rows, batch_size=BATCH)
    counted = Counter(row.submission_id for row in rows)
    for number in set(counted.values()):
        submissions = [pk for pk, count in counted.items() if count == number]
        named = Submission.objects.filter(pk__in=submissions).values("public_id")
        Grade.objects.filter(latest_submission__in=named).update(reviews_open=number)
    return len(rows)


@transaction.atomic
def regrade_write(made: Sequence[Written], by: User) -> int:
    """One regrade that was applied: of the assignment with most cells drawn for it, all points for each."""
    drawn = [one for one in made if one.cell.extra == "regraded" and one.counting is not None]
    if not drawn:
        return 0
    chosen, _ = Counter(one.cell.door.assignment_id for one in drawn).most_common(1)[0]
    assignment = Assignment.objects.select_related("current_version").get(pk=chosen)
    assert assignment.current_version is not None
    regrade = Regrade.objects.create(
        assignment=assignment,
        package_version=assignment.current_version,
        scope={},
        reason="Ответ «с запятой» принимается тоже.",
        state=Regrade.State.APPLIED,
        made_by=by,
        applied_at=timezone.now(),
    )
    of_it = [one for one in drawn if one.cell.door.assignment_id == chosen]
    for one in of_it:
        _regraded(regrade, one, by)
    return len(of_it)


def _regraded(regrade: Regrade, one: Written, by: User) -> None:
    submission, before = one.counting or (one.submissions[-1], one.runs[-1])
    counts = one.cell.counts
    assert counts is not None
    ways = tuple(task.right[0] if task.right else way for task, way in zip(one.cell.door.ways, counts.ways, strict=True))
    after = run_finished(replace(counts, ways=ways, at=counts.at + timedelta(hours=30)), submission, before)
    Submission.objects.filter(pk=submission.pk).update(speaking_run=after)
    RegradeItem.objects.create(
        regrade=regrade, submission=submission, run_before=before, run_after=after, state=RegradeItem.State.APPLIED
    )
    _recompute(one, reason="regrade", by=by, comment=regrade.reason)
