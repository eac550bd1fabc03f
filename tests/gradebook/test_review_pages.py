"""The review queue, a review's page, and the student's question."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from grader.accounts.models import Role
from grader.gradebook.decisions import override_set
from grader.gradebook.models import Grade, Review
from grader.gradebook.reviews import review_claim
from grader.submissions.models import Submission
from tests.pages.world import World, enrol, graded, hand_in, person, record

PEOPLE = ("student", "classmate", "teacher", "assistant", "other_teacher", "admin")
TEACHERS = {"teacher", "assistant", "admin"}
QUEUE = "/courses/zoo/reviews/"


def one_of(review: Review, kept: str = "") -> str:
    return reverse("gradebook:review", args=["zoo", review.public_id]) + kept


def asking(submission: Submission, task: str = "1.2") -> str:
    return reverse("results:ask", args=[submission.public_id, task])


@pytest.fixture
def done(world: World) -> Submission:
    """One task of it waits for a person."""
    return record(hand_in(world), graded())


@pytest.mark.parametrize("name", PEOPLE)
def test_only_those_who_teach_open_the_queue_and_decide(world, at, done, name):
    review, client = Review.objects.get(), at(world.cast[name])

    got = (
        client.get(QUEUE).status_code,
        client.get(one_of(review)).status_code,
        client.post(one_of(review), {"act": "decide", "keep": "1", "answer": "No"}).status_code,
    )

    assert got == ((200, 200, 302) if name in TEACHERS else (404, 404, 404))
    review.refresh_from_db()
    assert review.state == ("decided" if name in TEACHERS else "open")


@pytest.mark.parametrize("name", PEOPLE)
def test_only_the_student_asks_about_their_work_and_takes_it_back(world, at, done, name):
    asked = at(world.cast[name]).post(asking(done), {"asked": "Weights and biases, I meant"})
    assert asked.status_code == (302 if name == "student" else 404)
    if name != "student":
        at(world.student).post(asking(done), {"asked": "Weights"})

    question = Review.objects.get(cause="student")
    back = at(world.cast[name]).post(reverse("results:unask", args=[done.public_id, question.public_id]))

    question.refresh_from_db()
    assert (back.status_code, question.state) == ((302, "moot") if name == "student" else (404, "open"))


def test_a_limited_assistant_sees_the_reviews_of_their_section_alone(world, at, done, limited_to):
    review = Review.objects.get()
    theirs, others = limited_to(world, world.student), limited_to(world, world.classmate)

    assert "Ёлкина Анна" in at(theirs).get(QUEUE).text
    assert "Nothing waits" in at(others).get(QUEUE).text
    assert at(others).get(one_of(review)).status_code == 404
    assert at(others).post(one_of(review), {"act": "take"}).status_code == 404


def test_a_stranger_is_asked_to_log_in(at, done):
    for address in (QUEUE, one_of(Review.objects.get())):
        assert at(None).get(address)["Location"].startswith("/login/")


def test_nothing_that_waits_is_said_so(world, at):
    assert "Nothing waits" in at(world.teacher).get(QUEUE).text
    assert "No review matches this filter." in at(world.teacher).get(QUEUE, {"show": "mine"}).text


def test_the_oldest_stands_first_and_a_long_wait_has_its_colour(world, at, done):
    other = record(hand_in(world, world.classmate), graded())
    Review.objects.filter(submission=other).update(opened_at=timezone.now() - timedelta(days=6))

    page = at(world.teacher).get(QUEUE).text

    assert page.index("Яковлев Борис") < page.index("Ёлкина Анна")
    assert 'class="badge is-bad">6' in page.replace("\N{NO-BREAK SPACE}", " ")


def test_the_queue_is_narrowed_by_assignment_and_to_ones_own(world, at, done):
    review_claim(Review.objects.get(), by=world.assistant)
    client = at(world.teacher)

    assert "Ёлкина Анна" in client.get(QUEUE, {"assignment": "everything"}).text
    assert "No review matches" in client.get(QUEUE, {"assignment": "quiz"}).text
    assert "No review matches" in client.get(QUEUE, {"show": "mine"}).text
    assert "with you" in at(world.assistant).get(QUEUE, {"show": "mine"}).text


def test_what_one_took_another_sees_as_taken_and_cannot_decide(world, at, done):
    review = Review.objects.get()
    assert at(world.assistant).post(one_of(review), {"act": "take"}).status_code == 302

    shown = at(world.teacher).get(one_of(review)).text
    said = at(world.teacher).post(one_of(review), {"act": "decide", "keep": "1", "answer": "No"}, follow=True).text

    assert "Зимин Глеб has it until" in shown
    assert "Зимин Глеб has taken this review just now; nothing was changed." in said
    assert "Зимин Глеб" in at(world.teacher).get(QUEUE).text
    review.refresh_from_db()
    assert review.state == "open"


def test_what_was_taken_is_given_back(world, at, done):
    review, client = Review.objects.get(), at(world.assistant)
    client.post(one_of(review), {"act": "take"})
    assert "It is with you until" in client.get(one_of(review)).text

    client.post(one_of(review), {"act": "release"})

    assert "Nobody has taken it." in at(world.teacher).get(one_of(review)).text


def test_points_are_given_with_an_answer_and_the_next_one_opens(world, at, done):
    other = record(hand_in(world, world.classmate), graded())
    mine, theirs = Review.objects.get(submission=done), Review.objects.get(submission=other)

    fields = {"act": "decide", "keep": "0", "points": "0,5", "answer": "Adam it is", "then": "next"}
    response = at(world.teacher).post(one_of(mine), fields)

    assert response["Location"] == one_of(theirs)
    assert str(Grade.objects.get(student=world.student).score) == "2.00"
    decided = at(world.teacher).get(QUEUE, {"show": "decided"}).text
    assert "Adam it is" in decided
    assert "Орлова Вера" in decided


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"keep": "0", "points": "much", "answer": "a"}, "Give the points as a number"),
        ({"keep": "0", "points": "0.6", "answer": "a"}, "Points must be between 0 and 0.5"),
        ({"keep": "1", "answer": " "}, "Write an answer"),
    ],
)
def test_what_is_wrong_with_a_decision_is_said_and_what_was_typed_stays(world, at, done, fields, said):
    response = at(world.teacher).post(one_of(Review.objects.get()), {"act": "decide", **fields})

    assert response.status_code == 422
    assert said in response.text
    assert Review.objects.get().state == "open"


def test_a_review_never_lowers_points(world, at, done):
    at(world.student).post(asking(done, "1.3"), {"asked": "One more pair is right"})
    question = Review.objects.get(cause="student")

    response = at(world.teacher).post(one_of(question), {"act": "decide", "keep": "0", "points": "0", "answer": "Less even"})

    assert response.status_code == 422
    assert "between 0.5 and 1" in response.text
    assert str(Grade.objects.get(student=world.student).score) == "1.50"


def test_a_question_that_was_decided_says_so_to_who_comes_later(world, at, done):
    review = Review.objects.get()
    at(world.assistant).post(one_of(review), {"act": "decide", "keep": "1", "answer": "It is not Adam"})

    page = at(world.teacher).post(one_of(review), {"act": "decide", "keep": "1", "answer": "No"}, follow=True).text

    assert "This review has been decided meanwhile; nothing was changed." in page
    assert "It is not Adam" in page


@pytest.mark.parametrize("task", ["1.1", "9.9"])
def test_about_a_task_with_all_its_points_or_none_such_nothing_can_be_asked(world, at, done, task):
    page = at(world.student).post(asking(done, task), {"asked": "Look"}, follow=True).text

    assert "There is nothing to ask about this task" in page
    assert not Review.objects.filter(cause="student").exists()


def test_a_question_without_words_is_not_sent(world, at, done):
    assert "nothing was sent" in at(world.student).post(asking(done), {"asked": " "}, follow=True).text
    assert not Review.objects.filter(cause="student").exists()


def test_where_the_grade_was_set_by_hand_a_review_says_that_it_stays(world, at, done):
    grade = Grade.objects.get(student=world.student)
    override_set(grade=grade, score=Decimal(3), reason="r", by=world.teacher, seen_version=grade.version)
    review, client = Review.objects.get(), at(world.teacher)

    assert "The grade of this student was set by hand: 3." in client.get(one_of(review)).text
    client.post(one_of(review), {"act": "decide", "keep": "0", "points": "0.5", "answer": "Adam"})

    assert Grade.objects.get(student=world.student).score == 3


def test_a_long_queue_has_pages_and_keeps_its_filters_there_and_in_each_review(world, at, done, monkeypatch):
    record(hand_in(world, world.classmate), graded())
    monkeypatch.setattr("grader.gradebook.views.reviews.PAGE", 1)
    client, asked = at(world.teacher), {"assignment": "everything"}

    first, second = client.get(QUEUE, asked).text, client.get(QUEUE, asked | {"page": "2"}).text

    assert ("Ёлкина Анна" in first, "Яковлев Борис" in first) == (True, False)
    assert ("Ёлкина Анна" in second, "Яковлев Борис" in second) == (False, True)
    assert "?assignment=everything&amp;page=2" in first
    assert "/?assignment=everything&amp;page=2" in second  # of the review that is listed
    assert client.get(QUEUE, {"page": "9"}).text.count('name="act" value="take"') == 1
    assert client.get(QUEUE, {"page": "x"}).status_code == 200


def test_a_review_is_given_to_a_colleague_who_finds_it_among_theirs(world, at, done):
    review = Review.objects.get()
    to = {"act": "assign", "to": world.assistant.public_id}

    said = at(world.teacher).post(one_of(review), to, follow=True).text

    assert "Зимин Глеб has it now." in said
    assert "Ёлкина Анна" in at(world.assistant).get(QUEUE, {"show": "mine"}).text
    assert "It was given to you." in at(world.assistant).get(one_of(review)).text
    assert "No review matches" in at(world.teacher).get(QUEUE, {"show": "free"}).text
    # Nobody is at it, so whoever comes first may take it.
    assert at(world.teacher).post(one_of(review), {"act": "take"}, follow=True).text.count("It is with you until") == 1


@pytest.mark.parametrize("name", PEOPLE)
def test_only_those_who_teach_give_a_review_away(world, at, done, name):
    review = Review.objects.get()

    response = at(world.cast[name]).post(one_of(review), {"act": "assign", "to": world.teacher.public_id})

    review.refresh_from_db()
    assert (response.status_code, review.assigned_to == world.teacher) == ((302, True) if name in TEACHERS else (404, False))


@pytest.mark.parametrize("name", ["student", "classmate", "other_teacher", "admin"])
def test_it_is_given_to_nobody_who_does_not_teach_this_student(world, at, done, name):
    review = Review.objects.get()

    said = at(world.teacher).post(one_of(review), {"act": "assign", "to": world.cast[name].public_id}, follow=True).text

    review.refresh_from_db()
    assert "Choose who should have it: nothing was changed." in said
    assert review.assigned_to is None


def test_an_assistant_of_another_section_is_not_offered(world, at, done, limited_to):
    theirs, others = limited_to(world, world.student), limited_to(world, world.classmate)

    page = at(world.teacher).get(one_of(Review.objects.get())).text

    assert (theirs.public_id in page, others.public_id in page) == (True, False)


def test_what_another_is_at_is_not_given_away(world, at, done):
    review = review_claim(Review.objects.get(), by=world.assistant)

    said = at(world.teacher).post(one_of(review), {"act": "assign", "to": world.teacher.public_id}, follow=True).text

    review.refresh_from_db()
    assert "Зимин Глеб has taken this review just now; nothing was changed." in said
    assert review.assigned_to == world.assistant


def test_the_queue_takes_as_many_queries_with_twelve_reviews_as_with_one(world, at, done, django_assert_max_num_queries):
    for number in range(11):
        other = person(f"s{number}", f"Last{number}", "First")
        enrol(other, world.course, Role.STUDENT)
        record(hand_in(world, other), graded())
    client = at(world.teacher)
    client.get(QUEUE)

    with django_assert_max_num_queries(10):
        assert client.get(QUEUE).text.count('name="act" value="take"') == 12
