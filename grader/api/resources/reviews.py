"""Reviews: tasks that a person must look at, taken, given to another and answered. The queue and its rules are the page's own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal, cast

from django.db import transaction
from django.utils.translation import gettext_lazy
from ninja import Query, Schema
from pydantic import Field

from grader.api.access import reviews_for
from grader.api.acting import Points, Words, noted, points_out, words_missing
from grader.api.auth import ApiRequest
from grader.api.paging import Page, Paged, page_of
from grader.api.problems import Problem, not_found, wrong_field
from grader.api.routes import Routes
from grader.api.shapes import External, Links, Slug, external_ids, link, the_course
from grader.api.tokens import Scope
from grader.events.services import moment_text
from grader.gradebook import reviews
from grader.gradebook.decisions import OutOfRange, ReasonMissing
from grader.gradebook.models import Review
from grader.gradebook.queries import task_points
from grader.gradebook.review_queue import Show, review_queue, reviewers_of
from grader.gradebook.reviews import Ended, Held
from grader.gradebook.services import decimal_text

routes = Routes("Reviews")

Status = Literal["open", "decided", "moot"]
NOBODY = gettext_lazy("Nobody with this id teaches this student.")
NOT_NOW = ("review.held", "review.ended")


class ReviewBrief(Schema):
    """A task that waits for a person. `cause`: a check could not decide, or the student asks (`asked`).

    `assigned_to` is a person's id: whose turn it is, and until `claimed_until` nobody else may decide. `status` moot: nothing is
    left to decide. The student reads `answer`.
    """

    id: str
    course: str
    assignment: str
    external_user_id: str
    submission: str
    task: str
    cause: Literal["check", "student"]
    status: Status
    asked: str
    assigned_to: str
    claimed_until: datetime | None
    opened_at: datetime
    answer: str
    decided_by: str
    decided_at: datetime | None
    links: Links


class ReviewShown(ReviewBrief):
    """A review with what its task is worth now: `points` of `max_points`, null where nothing judged it yet."""

    points: str | None
    max_points: str | None


class Filters(Schema):
    show: Show = Field("open", description="All that wait, those given to this token's person, those of nobody, or decided ones.")
    assignment: Slug = ""


class Decision(Schema):
    """Points for the task, not fewer than it has; null leaves what there is. The student reads the answer."""

    points: Points | None = None
    answer: Words


class Assignee(Schema):
    person: Annotated[External, Field(min_length=1, description="The id of somebody who teaches this student.")]


@routes.get("/courses/{slug:course}/reviews", gives=Page[ReviewBrief], scopes=(Scope.GRADES_READ,))
def reviews_list(request: ApiRequest, course: str, paging: Paged, filters: Annotated[Filters, Query()]) -> Page[ReviewBrief]:
    """The reviews of a course: those that wait by age, decided ones newest first."""
    row = the_course(request.auth, course)
    rows = review_queue(request.by, row, show=filters.show, assignment=filters.assignment)
    decided = filters.show == "decided"
    column = "decided_at" if decided else "opened_at"
    return page_of(rows, paging, lambda some: reviews_shown(request, some), by=column, newest_first=decided)


@routes.get("/reviews/{public_id:review_id}", gives=ReviewShown, scopes=(Scope.GRADES_READ,))
def review_show(request: ApiRequest, review_id: str) -> ReviewShown:
    """One review."""
    return review_shown(request, _review(request, review_id))


@routes.post(
    "/reviews/{public_id:review_id}/claim",
    gives=ReviewShown, status=200, scopes=(Scope.GRADES_WRITE,), takes="", keyed="optional", problems=NOT_NOW,
)  # fmt: skip
def review_claim(request: ApiRequest, review_id: str) -> ReviewShown:
    """Take a review for a quarter of an hour.

    Nobody else decides it meanwhile. Again prolongs. All tokens of one person are that person: two machines that share the
    work have tokens of two.
    """
    return _acted(request, review_id, "review.claimed", lambda row: reviews.review_claim(row, by=request.by))


@routes.post(
    "/reviews/{public_id:review_id}/release",
    gives=ReviewShown, status=200, scopes=(Scope.GRADES_WRITE,), takes="", keyed="optional", problems=NOT_NOW,
)  # fmt: skip
def review_release(request: ApiRequest, review_id: str) -> ReviewShown:
    """Give a review back for another to take."""
    return _acted(request, review_id, "review.released", lambda row: reviews.review_release(row, by=request.by))


@routes.post(
    "/reviews/{public_id:review_id}/assign",
    gives=ReviewShown, status=200, scopes=(Scope.GRADES_WRITE,), keyed="optional", problems=NOT_NOW,
)  # fmt: skip
def review_assign(request: ApiRequest, review_id: str, body: Assignee) -> ReviewShown:
    """Give a review to another who teaches the student: it stands in their queue."""

    def act(row: Review) -> None:
        to = reviewers_of(row).filter(public_id=body.person).first()
        if to is None:
            raise wrong_field("/person", "reviewer.unknown", NOBODY)
        reviews.review_assign(row, to=to, by=request.by)

    return _acted(request, review_id, "review.assigned", act)


@routes.post(
    "/reviews/{public_id:review_id}/decide",
    gives=ReviewShown, status=200, scopes=(Scope.GRADES_WRITE,), problems=NOT_NOW,
)  # fmt: skip
def review_decide(request: ApiRequest, review_id: str, body: Decision) -> ReviewShown:
    """Decide a review.

    A review raises points or leaves them: fewer than the task has are refused. It needs no claim, but is refused while another
    has one. The decision holds for later runs of the submission too.
    """
    points = None if body.points is None else Decimal(body.points)
    return _acted(
        request,
        review_id,
        "review.decided",
        lambda row: reviews.review_decide(row, by=request.by, points=points, answer=body.answer),
    )


def _review(request: ApiRequest, review_id: str) -> Review:
    """Nobody decides on their own work, so it is not found, as on the page."""
    rows = reviews_for(request.auth).exclude(submission__student=request.by).filter(public_id=review_id)
    review = rows.select_related("assigned_to", "decided_by").first()
    if review is None:
        raise not_found()
    return review


@transaction.atomic
def _acted(request: ApiRequest, review_id: str, what: str, act: Callable[[Review], object]) -> ReviewShown:
    """Do it, note it, and show the review as it is then."""
    row = _review(request, review_id)
    try:
        act(row)
    except Held as held:
        raise Problem("review.held", claimed_until=moment_text(held.review.locked_until)) from held
    except Ended as ended:
        raise Problem("review.ended", review_status=ended.review.state) from ended
    except OutOfRange as out:
        raise points_out(out, "/points") from out
    except ReasonMissing:
        raise words_missing("/answer") from None
    noted(request, what, row.submission.assignment.course, review=row.public_id)
    return review_shown(request, _review(request, review_id))


def review_shown(request: ApiRequest, review: Review) -> ReviewShown:
    now = task_points(review.submission, review.task)
    return ReviewShown(
        **reviews_shown(request, [review])[0].model_dump(),
        points=decimal_text(now.points) if now else None,
        max_points=decimal_text(now.most) if now else None,
    )


def reviews_shown(request: ApiRequest, rows: Sequence[Review]) -> list[ReviewBrief]:
    """One query more, however many."""
    names = external_ids((one.submission.student_id, one.submission.assignment.course_id) for one in rows)
    return [_shown(request, one, names) for one in rows]


def _shown(request: ApiRequest, one: Review, names: Mapping[tuple[int, int], str]) -> ReviewBrief:
    submission, assignment = one.submission, one.submission.assignment
    here = f"/reviews/{one.public_id}"
    return ReviewBrief(
        id=one.public_id,
        course=assignment.course.slug,
        assignment=assignment.slug,
        external_user_id=names.get((submission.student_id, assignment.course_id), ""),
        submission=submission.public_id,
        task=one.task,
        cause=cast(Literal["check", "student"], one.cause),
        status=cast(Status, one.state),
        asked=one.asked,
        assigned_to=one.assigned_to.public_id if one.assigned_to else "",
        claimed_until=one.locked_until,
        opened_at=one.opened_at,
        answer=one.answer,
        decided_by=one.decided_by.public_id if one.decided_by else "",
        decided_at=one.decided_at,
        links={"self": link(request, here), "submission": link(request, f"/submissions/{submission.public_id}")},
    )
