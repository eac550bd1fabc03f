"""Reviews through the API: the queue, who has one, and deciding it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from grader.accounts.models import Enrolment, Role, Section
from grader.accounts.services import enrolment_ensure, person_ensure
from grader.api.tokens import token_create
from grader.events.models import Event
from grader.gradebook.models import Grade, GradeChange, Review, TaskDecision
from grader.gradebook.reviews import review_claim, review_open
from tests.api.callers import Caller
from tests.factories import Cast, a_cast, graded
from tests.gradebook.test_decisions import to_review
from tests.gradebook.test_reviews import asked

QUEUE = "/courses/small/reviews"


def at(review: Review) -> str:
    return f"/reviews/{review.public_id}"


def decide(caller: Caller, review: Review, *, key: str = "k-1", **body: Any) -> Any:
    return caller.post(f"{at(review)}/decide", {"answer": "You are right"} | body, Idempotency_Key=key)


@pytest.fixture
def colleague(cast: Cast, token: Callable[..., Caller]) -> Caller:
    """The token of another teacher of the course."""
    other = person_ensure(username="colleague", password=None)
    enrolment_ensure(user=other, course=cast.course, role=Role.TEACHER)
    return token("grades:read", "grades:write", by=other)


def ids(answer: Any) -> list[str]:
    return [row["id"] for row in answer.json()["data"]]


def test_the_queue_tells_what_waits_of_whom_and_why(api, cast):
    review = asked(cast)

    row = api.get(QUEUE).json()["data"][0]

    assert (row["id"], row["external_user_id"], row["task"], row["cause"]) == (review.public_id, "lms-student", "2.1", "student")
    assert (row["asked"], row["status"], row["assigned_to"]) == ("My number is right, look at cell 4", "open", "")
    assert api.get(row["links"]["self"].removeprefix("http://testserver")).json()["points"] == "1.00"


def test_the_queue_is_narrowed_as_on_the_page_and_paged(api, cast, colleague):
    mine, theirs = asked(cast), Review.objects.get(submission=to_review(cast))
    review_claim(mine, by=cast.teacher)

    assert ids(api.get(f"{QUEUE}?show=mine")) == ids(api.get(f"{QUEUE}?limit=1")) == [mine.public_id]
    assert ids(api.get(f"{QUEUE}?show=free")) == [theirs.public_id]
    assert ids(colleague.get(f"{QUEUE}?show=mine")) == ids(api.get(f"{QUEUE}?assignment=quiz")) == []
    onward = api.get(f"{QUEUE}?limit=1").json()["next_cursor"]
    assert ids(api.get(f"{QUEUE}?limit=1&cursor={onward}")) == [theirs.public_id]
    assert api.get(f"{QUEUE}?show=all").status_code == 422


def test_decided_ones_are_listed_newest_first(api, cast):
    first, second = asked(cast), Review.objects.get(submission=to_review(cast))
    for key, review in enumerate((first, second)):
        decide(api, review, key=f"k-{key}")

    assert ids(api.get(f"{QUEUE}?show=decided")) == [second.public_id, first.public_id]
    assert ids(api.get(QUEUE)) == []
    newest = api.get(f"{QUEUE}?show=decided&limit=1").json()
    assert ids(api.get(f"{QUEUE}?show=decided&limit=1&cursor={newest['next_cursor']}")) == [first.public_id]


def test_a_queue_costs_the_same_however_long_it_is(api, cast, django_assert_max_num_queries):
    def counted() -> int:
        with django_assert_max_num_queries(40) as queries:
            api.get(QUEUE)
        return len(queries)

    review_claim(asked(cast), by=cast.teacher)
    api.get(QUEUE)
    few = counted()
    for points in (0.5, 1.5):
        review_open(submission=graded(cast, points, student=cast.classmate), task="2.1", asked="Look")

    assert (len(ids(api.get(QUEUE))), counted()) == (3, few)


def test_a_decision_gives_points_answers_the_student_and_says_who(api, cast):
    review = asked(cast)

    told = decide(api, review, points="2.50")

    assert (told.status_code, told.json()["status"], told.json()["points"]) == (200, "decided", "2.50")
    assert (told.json()["answer"], told.json()["decided_by"]) == ("You are right", cast.teacher.public_id)
    change = GradeChange.objects.latest("id")
    assert (change.reason, change.comment, change.changed_by, change.score_to) == ("review", "You are right", cast.teacher, 2.5)
    assert Event.objects.filter(type="grade.changed").latest("id").data["score"] == "2.50"
    assert Event.objects.filter(type="review.resolved").count() == 1
    audit = Event.objects.get(type="audit.review.decided").data
    assert (audit["review"], audit["by"]["token"]) == (review.public_id, api.row.public_id)


def test_an_answer_alone_leaves_the_points(api, cast):
    told = decide(api, asked(cast), points=None).json()

    assert (told["status"], told["points"]) == ("decided", "1.00")
    assert Grade.objects.get().score == 1


def test_the_same_decision_sent_again_is_made_once(api, cast):
    review = asked(cast)

    first, again = decide(api, review, points="2"), decide(api, review, points="2")

    assert (again.status_code, again.content) == (200, first.content)
    assert TaskDecision.objects.count() == 1


def test_what_is_decided_is_decided(api, cast):
    review = asked(cast)
    decide(api, review)

    late = [decide(api, review, key="k-2"), *(api.post(f"{at(review)}/{act}") for act in ("claim", "release"))]

    assert {(one.status_code, one.json()["code"], one.json()["review_status"]) for one in late} == {
        (409, "review.ended", "decided")
    }


def test_what_somebody_holds_nobody_else_takes_gives_or_decides(api, cast, colleague):
    review = asked(cast)
    taken = colleague.post(f"{at(review)}/claim").json()
    person = {"person": cast.teacher.public_id}

    mine = [api.post(f"{at(review)}/{act}", body) for act, body in (("claim", {}), ("release", {}), ("assign", person))]
    mine.append(decide(api, review, points="3"))

    assert {(one.status_code, one.json()["code"]) for one in mine} == {(409, "review.held")}
    assert {one.json()["claimed_until"][:19] for one in mine} == {taken["claimed_until"][:19]}
    assert TaskDecision.objects.count() == 0
    assert decide(colleague, review, points="3").status_code == 200


def test_a_claim_runs_out_and_may_be_given_back_before(api, cast, colleague):
    review = asked(cast)
    colleague.post(f"{at(review)}/claim")
    Review.objects.update(locked_until=timezone.now() - timedelta(seconds=1))
    assert api.post(f"{at(review)}/claim").status_code == 200

    given = api.post(f"{at(review)}/release").json()

    assert (given["assigned_to"], given["claimed_until"]) == ("", None)
    assert colleague.post(f"{at(review)}/claim").status_code == 200


def test_it_is_given_to_who_teaches_the_student_and_to_nobody_else(api, cast):
    """An assistant who is limited to another section is none of them, nor is the student, nor another course's teacher."""
    review = asked(cast)
    limited = person_ensure(username="limited", password=None)
    enrolment_ensure(user=limited, course=cast.course, role=Role.ASSISTANT)
    Enrolment.objects.get(user=limited).limited_to.add(Section.objects.create(course=cast.course, name="others"))

    for person in (limited.public_id, cast.student.public_id, cast.other_teacher.public_id, "usr_nobody"):
        told = api.post(f"{at(review)}/assign", {"person": person})
        assert (told.status_code, told.json()["errors"][0]["code"]) == (422, "reviewer.unknown")

    assert api.post(f"{at(review)}/assign", {"person": cast.assistant.public_id}).json()["assigned_to"] == (
        cast.assistant.public_id
    )


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("points", "0.99", "points.out_of_range"),  # a review never lowers
        ("points", "3.01", "points.out_of_range"),
        ("points", "-1", "field.string_pattern_mismatch"),
        ("points", "NaN", "field.string_pattern_mismatch"),
        ("points", 3, "field.string_type"),
        ("answer", "", "field.string_too_short"),
        ("answer", "\x1c", "words.missing"),
        ("answer", "a\x00", "field.string_pattern_mismatch"),
        ("answer", "x" * 2001, "field.string_too_long"),
    ],
)
def test_what_cannot_be_decided_so_is_named_and_not_taken(api, cast, field, value, code):
    review = asked(cast)

    told = decide(api, review, **{"points": "3", field: value})

    assert (told.status_code, [(one["pointer"], one["code"]) for one in told.json()["errors"]]) == (422, [(f"/{field}", code)])
    review.refresh_from_db()
    assert review.state == "open" and Grade.objects.get().score == 1


def test_ones_own_work_is_not_ones_to_decide(api, cast):
    """As when a student has become a teacher of the course."""
    review = asked(cast)
    Enrolment.objects.filter(user=cast.student).update(role=Role.TEACHER)
    _, text = token_create(name="own", scopes=["grades:read", "grades:write"], courses=[cast.course], by=cast.student)
    own = Caller(text)

    answers = [own.get(at(review)), own.post(f"{at(review)}/claim"), decide(own, review)]

    assert {answer.status_code for answer in answers} == {404}
    assert ids(own.get(QUEUE)) == [] and ids(api.get(QUEUE)) == [review.public_id]


def test_a_reader_decides_nothing_and_who_lost_the_course_finds_nothing(api, token, cast):
    review = asked(cast)
    assert decide(token("grades:read"), review).json()["code"] == "scope.missing"
    Enrolment.objects.filter(user=cast.teacher).update(role=Role.ASSISTANT)

    answers = [api.get(QUEUE), api.get(at(review)), api.post(f"{at(review)}/claim"), decide(api, review)]

    assert {answer.status_code for answer in answers} == {404}


@pytest.mark.django_db(transaction=True)
def test_of_two_decisions_in_the_same_moment_one_is_taken_and_the_other_told():
    cast = a_cast()
    review = asked(cast)
    _, text = token_create(name="x", scopes=["grades:write"], courses=[cast.course], by=cast.teacher)

    def act(number: int) -> int:
        try:
            return int(decide(Caller(text), review, key=f"k-{number}", points=f"{number}").status_code)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        statuses = sorted(pool.map(act, (2, 3)))

    assert statuses == [200, 409]
    assert TaskDecision.objects.count() == 1
