"""Which tasks a person must look at: the reviews that stand open follow from what the runs concluded and what people decided."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from assignments.models import Assignment
from grader.accounts.queries import external_user_id
from grader.events.services import event_add
from grader.gradebook.models import Review
from grader.gradebook.policy import Attempt
from grader.submissions.models import Submission


def reviews_follow(assignment: Assignment, attempts: Mapping[int, Sequence[Attempt]]) -> Counter[int]:
    """Open a review for each task that awaits one, end those of which nothing is left to decide. By student: how many are open.

    Part of `grades_recompute`, which holds the grades' locks; `attempts` are all that these students have in the assignment.
    What a student asked stays open until a person answers.
    """
    rows = Submission.objects.filter(student__in=attempts, assignment=assignment).values_list("public_id", "pk", "student_id")
    numbers, whose = {name: pk for name, pk, _ in rows}, {pk: student for _, pk, student in rows}
    seen = [one for some in attempts.values() for one in some]
    wanted = {(numbers[one.submission], task.task) for one in seen for task in one.tasks if task.awaits}
    standing = list(Review.objects.filter(submission__in=whose, state=Review.State.OPEN))
    by_check = {(one.submission_id, one.task): one for one in standing if one.cause == Review.Cause.CHECK}
    moot = {one.pk for where, one in by_check.items() if where not in wanted}
    Review.objects.filter(pk__in=moot).update(state=Review.State.MOOT, locked_until=None)
    new = [Review(submission_id=pk, task=task, cause=Review.Cause.CHECK) for pk, task in sorted(wanted - by_check.keys())]
    Review.objects.bulk_create(new)
    for review in new:
        review_tell("review.requested", review, cause=review.cause)
    return Counter(whose[one.submission_id] for one in [*standing, *new] if one.pk not in moot)


def review_tell(event_type: str, review: Review, **more: str) -> None:
    """An event of a review, for mail and for the LMS."""
    submission = review.submission
    course = submission.assignment.course
    event_add(
        event_type=event_type,
        course_slug=course.slug,
        data={
            "review_id": review.public_id,
            "submission_id": submission.public_id,
            "course": course.slug,
            "assignment": submission.assignment.slug,
            "external_user_id": external_user_id(submission.student, course),
            "task": review.task,
            **more,
        },
    )
