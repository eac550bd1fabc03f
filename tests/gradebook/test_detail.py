"""A submission as those who teach see it: each act, each person, and nobody overwritten in silence."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse

from grader.accounts.models import Role
from grader.gradebook.models import Comment, Grade, Override, Review, TaskDecision
from grader.gradebook.said import comments_for
from grader.gradebook.services import submission_stop
from grader.submissions.models import Submission
from tests.pages.world import World, broken, enrol, graded, hand_in, not_judged, person, quarantined, record, running

PEOPLE = ("student", "classmate", "teacher", "assistant", "other_teacher", "admin")
TEACHERS = {"teacher", "assistant", "admin"}


def address(submission: Submission, which: str = "") -> str:
    base = reverse("gradebook:detail", args=["zoo", submission.public_id])
    return f"{base}?which={which}" if which else base


def the_grade(submission: Submission) -> Grade:
    return Grade.objects.get(student=submission.student, assignment=submission.assignment)


def override(submission: Submission, points: str = "4,5", reason: str = "A plot says more", seen: int | None = None):
    seen = the_grade(submission).version if seen is None else seen
    return {"act": "override", "points": points, "reason": reason, "seen": str(seen)}


@pytest.fixture
def done(world: World) -> Submission:
    return record(hand_in(world), graded())


@pytest.mark.parametrize("name", PEOPLE)
def test_only_those_who_teach_the_student_open_it_or_decide(world, at, done, name):
    client = at(world.cast[name])

    got = (client.get(address(done)).status_code, client.post(address(done), override(done)).status_code)

    assert got == ((200, 302) if name in TEACHERS else (404, 404))
    assert Override.objects.count() == (1 if name in TEACHERS else 0)


def test_a_limited_assistant_opens_the_work_of_their_section_alone(world, at, done, limited_to):
    theirs, others = limited_to(world, world.student), limited_to(world, world.classmate)

    assert at(theirs).get(address(done)).status_code == 200
    assert at(others).get(address(done)).status_code == 404
    assert at(others).post(address(done), override(done)).status_code == 404
    assert not Override.objects.exists()


def test_a_stranger_is_asked_to_log_in(at, done):
    assert at(None).get(address(done))["Location"].startswith("/login/")


def test_it_shows_what_the_student_sees_and_what_is_for_teachers_alone(world, at, done):
    page = at(world.teacher).get(address(done)).text

    assert "Ёлкина Анна" in page
    assert "For teachers only" in page
    assert page.count('class="card verdict') == 6
    assert "A check could not decide" not in page
    assert "The check could not decide: a person must." in page


@pytest.mark.parametrize("typed", ["4,5", "4.5", " 4.50 "])
def test_a_score_by_hand_takes_either_decimal_sign_and_is_said(world, at, done, typed):
    page = at(world.teacher).post(address(done), override(done, typed), follow=True).text

    grade = the_grade(done)
    assert (str(grade.score), grade.overridden) == ("4.50", True)
    assert "The grade is 4.5 now." in page
    assert "A plot says more" in page
    assert "Without it the grade would be 1.5." in page


@pytest.mark.parametrize(
    ("points", "reason", "said"),
    [
        ("4.5", " ", "Say why"),
        ("many", "r", "Give the points as a number"),
        ("-1", "r", "Give the points as a number"),
        ("7", "r", "Points must be between 0 and 6."),
    ],
)
def test_what_is_wrong_is_said_and_nothing_that_was_typed_is_lost(world, at, done, points, reason, said):
    response = at(world.teacher).post(address(done), override(done, points, reason))

    assert response.status_code == 422
    assert said in response.text
    assert f'value="{points}"' in response.text
    assert not Override.objects.exists()


def test_who_was_overtaken_sees_by_whom_and_chooses(world, at, done):
    seen = the_grade(done).version
    at(world.assistant).post(address(done), override(done, "3", "Half of it"))

    response = at(world.teacher).post(address(done), override(done, "5", "Nearly all", seen))

    assert response.status_code == 409
    assert "Somebody was faster than you" in response.text
    assert "Зимин Глеб" in response.text
    assert "Half of it" in response.text
    assert str(the_grade(done).score) == "3.00"
    fields = re.findall(
        r'<input type="hidden" name="(\w+)" value="([^"]*)"', response.text.split("<dialog")[1].split("</dialog>")[0]
    )
    again = {name: value for name, value in fields if name != "csrfmiddlewaretoken"}
    assert at(world.teacher).post(address(done), again).status_code == 302
    assert str(the_grade(done).score) == "5.00"


def test_a_form_of_a_version_that_there_never_was_is_not_taken_in_silence(world, at, done):
    response = at(world.teacher).post(address(done), override(done, "5", "r", 99))

    assert response.status_code == 409
    assert "Somebody was faster than you" in response.text
    assert not Override.objects.exists()


def test_a_score_by_hand_is_taken_back_with_a_reason(world, at, done):
    client = at(world.teacher)
    client.post(address(done), override(done))

    assert client.post(address(done), {"act": "withdraw", "reason": "", "seen": "2"}).status_code == 422
    page = client.post(address(done), {"act": "withdraw", "reason": "By mistake", "seen": "2"}, follow=True).text

    assert "The grade is what was measured again: 1.5." in page
    assert "By mistake" in page
    assert not the_grade(done).overridden


def test_a_task_is_decided_by_a_person_and_the_review_is_answered(world, at, done):
    fields = {"act": "decide", "task": "1.5", "points": "0,5", "reason": "Adam it is", "seen": "0"}

    page = at(world.assistant).post(address(done), fields, follow=True).text

    assert str(the_grade(done).score) == "2.00"
    assert Review.objects.get().state == "decided"
    assert "Decided by a person:" in page
    assert "Adam it is" in page


def test_of_two_who_decide_on_one_task_the_second_is_shown_the_first(world, at, done):
    fields = {"act": "decide", "task": "1.5", "points": "0.5", "reason": "Adam it is", "seen": "0"}
    at(world.assistant).post(address(done), fields)

    response = at(world.teacher).post(address(done), fields | {"points": "0", "reason": "No"})

    assert response.status_code == 409
    assert "Adam it is" in response.text
    assert TaskDecision.objects.count() == 1


def test_a_decision_is_taken_back_and_the_task_waits_again(world, at, done):
    client = at(world.teacher)
    client.post(address(done), {"act": "decide", "task": "1.5", "points": "0.5", "reason": "Adam", "seen": "0"})
    seen = TaskDecision.objects.get().pk

    client.post(address(done), {"act": "undecide", "task": "1.5", "reason": "Not Adam", "seen": str(seen)})

    assert str(the_grade(done).score) == "1.50"
    assert the_grade(done).state == "review"


@pytest.mark.parametrize("fields", [{"act": "decide", "task": "9.9", "points": "1", "reason": "r"}, {"act": "drop"}, {}])
def test_an_act_that_there_is_not_changes_nothing(world, at, done, fields):
    assert at(world.teacher).post(address(done), fields).status_code == 422
    assert not TaskDecision.objects.exists()


def test_every_address_on_the_page_leads_somewhere(world, at, done):
    page = at(world.teacher).get(address(done)).text

    inside = set(re.findall(r'href="#([^"]+)"', page))
    assert {"receipt", "grade"} <= inside
    assert [one for one in inside if f'id="{one}"' not in page] == []


def test_a_private_comment_stays_among_those_who_teach(world, at, done):
    client = at(world.teacher)
    client.post(address(done), {"act": "comment", "reason": "Well done"})
    client.post(address(done), {"act": "comment", "reason": "Copied?", "private": "1"})
    assert client.post(address(done), {"act": "comment", "reason": ""}).status_code == 422

    page = client.get(address(done)).text
    assert "Copied?" in page
    assert "not shown to the student" in page
    assert [one.text for one in comments_for(done, own=True)] == ["Well done"]
    assert Comment.objects.count() == 2


def test_words_cannot_become_markup(world, at, done):
    evil = "<script>alert(1)</script>"
    client = at(world.teacher)
    client.post(address(done), override(done, reason=evil))
    client.post(address(done), {"act": "comment", "reason": evil})
    client.post(address(done), {"act": "decide", "task": "1.5", "points": "0.5", "reason": evil, "seen": "0"})

    assert evil not in client.get(address(done)).text


def three(world: World) -> list[Submission]:
    """Дьяченко, Ёлкина, Ермакова: one with all points, one that waits for a person, one broken."""
    first, third = person("d", "Дьяченко", "Олег"), person("e", "Ермакова", "София")
    for one in (first, third):
        enrol(one, world.course, Role.STUDENT)
    return [
        record(hand_in(world, first), graded(full=True)),
        record(hand_in(world), graded()),
        record(hand_in(world, third), broken()),
    ]


def test_one_walks_through_the_students_by_name_with_yo_beside_ye(world, at):
    first, second, third = three(world)
    page = at(world.teacher).get(address(second)).text

    assert f'href="{address(first)}" rel="prev" data-key="KeyK"' in page
    assert f'href="{address(third)}" rel="next" data-key="KeyJ"' in page
    assert "2 of 3" in page


def test_the_walk_keeps_its_filter(world, at):
    _first, second, third = three(world)

    lost = at(world.teacher).get(address(second, "lost")).text
    review = at(world.teacher).get(address(third, "review")).text

    assert 'rel="prev"' not in lost
    assert f'href="{address(third)}?which=lost"' in lost
    assert "1 of 2" in lost
    assert f'href="{address(second)}?which=review" rel="prev"' in review
    assert "not among these 1" in review


def test_save_and_next_goes_to_the_next_of_the_filter(world, at):
    _first, second, third = three(world)

    response = at(world.teacher).post(address(second, "lost"), override(second) | {"then": "next"})

    assert response["Location"] == address(third, "lost")


def test_a_limited_assistant_walks_through_their_section_alone(world, at, limited_to):
    _first, second, _third = three(world)

    assert "1 of 1" in at(limited_to(world, world.student)).get(address(second)).text


@pytest.mark.parametrize(
    ("made", "says"),
    [
        (lambda one: one, "Nothing has been judged yet."),
        (running, "Nothing has been judged yet."),
        (quarantined, "our fault, being looked into"),
        (lambda one: record(one, broken()), "the run failed"),
        (lambda one: record(one, not_judged()), "not judged yet, our fault"),
        (lambda one: submission_stop(one, by=one.student) and one, "cancelled"),
    ],
)
def test_each_state_of_a_submission_has_its_page_and_can_be_given_a_score(world, at, made, says):
    submission = made(hand_in(world))
    submission.refresh_from_db()
    client = at(world.teacher)

    assert says in client.get(address(submission)).text
    assert client.post(address(submission), override(submission)).status_code == 302
    assert str(the_grade(submission).score) == "4.50"


def test_the_page_takes_as_many_queries_with_twenty_students_as_with_three(world, at, django_assert_max_num_queries):
    _first, second, _third = three(world)
    for number in range(20):
        other = person(f"s{number}", f"Last{number}", "First")
        enrol(other, world.course, Role.STUDENT)
        hand_in(world, other)
    client = at(world.teacher)
    client.get(address(second))

    with django_assert_max_num_queries(40):
        client.get(address(second))


def test_a_teachers_language_is_kept(world, at, done):
    page = at(world.teacher, "ru").post(address(done), override(done), follow=True).text

    assert "Оценка теперь 4,5." in page
