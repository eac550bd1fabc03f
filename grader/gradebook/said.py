"""What people said of a submission, and what it is worth with that: for its student, and for those who teach."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar

from grader.gradebook.models import Comment, Review, TaskDecision
from grader.gradebook.policy import TaskSeen, Worth, worth
from grader.gradebook.queries import attempt_of, late_steps_of
from grader.submissions.models import Submission, TaskResult

MOST_TAKEN_BACK = 3  # questions about one task
Row = TypeVar("Row", TaskDecision, Review)


@dataclass(frozen=True)
class Said:
    """What people said of one task of a submission."""

    task: str
    decisions: tuple[TaskDecision, ...] = ()  # newest first, those taken back too
    reviews: tuple[Review, ...] = ()  # newest first
    may_ask: bool = False

    @property
    def decision(self) -> TaskDecision | None:
        """The one that applies."""
        return self.decisions[0] if self.decisions and self.decisions[0].points is not None else None

    @property
    def seen(self) -> int:
        """What a form says that its writer had before them."""
        return self.decisions[0].pk if self.decisions else 0

    @property
    def waiting(self) -> Review | None:
        """A review that is open, the student's own before a check's."""
        still = [one for one in self.reviews if one.state == Review.State.OPEN]
        return next((one for one in still if one.cause == Review.Cause.STUDENT), still[0] if still else None)

    @property
    def questions(self) -> list[Review]:
        """What the student asked and did not take back, oldest first."""
        asked = [one for one in self.reviews if one.cause == Review.Cause.STUDENT and one.state != Review.State.MOOT]
        return asked[::-1]


def said_of(submission: Submission) -> dict[str, Said]:
    """By task of the submission, in a constant number of queries."""
    decisions = _by_task(TaskDecision.objects.filter(submission=submission).select_related("made_by").order_by("-id"))
    people = ("assigned_to", "decided_by", "decision")
    reviews = _by_task(Review.objects.filter(submission=submission).select_related(*people).order_by("-id"))
    judged = {task.task: task for task in attempt_of(submission).tasks}
    most = TaskResult.objects.filter(run__submission=submission).order_by("run_id").values_list("task", "max_points")
    worth = dict(most)
    return {
        task: Said(
            task,
            tuple(decisions.get(task, ())),
            tuple(reviews.get(task, ())),
            _may_ask(judged.get(task), worth.get(task, Decimal(0)), reviews.get(task, ())),
        )
        for task in judged.keys() | decisions.keys() | reviews.keys()
    }


def _by_task(rows: Iterable[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row.task, []).append(row)
    return found


def _may_ask(task: TaskSeen | None, most: Decimal, reviews: Sequence[Review]) -> bool:
    """A student asks once about a task that was judged and did not earn all. What they took back does not count, a few times:
    each question is told to those who answer.
    """
    if task is None or (task.status == "not_judged" and task.decided is None):
        return False
    points = task.points if task.decided is None else task.decided
    own = [one for one in reviews if one.cause == Review.Cause.STUDENT]
    standing = [one for one in own if one.state != Review.State.MOOT]
    return points < most and not standing and len(own) <= MOST_TAKEN_BACK


def worth_of(submission: Submission) -> Worth | None:
    """Its points after people's words and lateness; None while it is not judged."""
    return worth(attempt_of(submission), late_steps_of(submission.assignment))


def comments_for(submission: Submission, *, own: bool) -> list[Comment]:
    """Oldest first; to its student those that are meant for them."""
    comments = Comment.objects.filter(submission=submission).select_related("author")
    return list(comments.filter(private=False) if own else comments)
