"""The pages of regrades, tried as each of the cast."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.test import Client
from django.utils.timezone import localtime

from grader.gradebook.decisions import override_set
from grader.gradebook.models import Grade, Regrade
from tests.factories import graded
from tests.gradebook.regrading import applied, quizzed, ready, score, started, stepped, undone

pytestmark = pytest.mark.django_db


def at(user, language: str = "en") -> Client:
    client = Client()
    client.force_login(user)
    client.cookies.load({"django_language": language})
    return client


@pytest.mark.parametrize(
    ("who", "status"),
    [("student", 404), ("classmate", 404), ("assistant", 404), ("other_teacher", 404), ("teacher", 200), ("admin", 200)],
)
def test_regrades_are_for_those_who_decide_in_the_course(cast, who, status):
    quizzed(cast)
    regrade = stepped(started(cast))
    client = at(getattr(cast, who))

    assert client.get("/courses/small/regrades/").status_code == status
    assert client.get(f"/regrades/{regrade.public_id}/").status_code == status
    acted = client.post(f"/regrades/{regrade.public_id}/drop/").status_code

    assert acted == (302 if status == 200 else 404)
    regrade.refresh_from_db()
    assert regrade.state == ("dropped" if status == 200 else "ready")


def test_who_is_not_logged_in_logs_in_first(cast, client):
    assert client.get("/courses/small/regrades/").status_code == 302


def test_a_regrade_is_started_by_the_form(cast):
    quizzed(cast)
    teacher = at(cast.teacher)
    page = teacher.get("/courses/small/regrades/?assignment=quiz").text
    assert "Start the dry run" in page

    answer = teacher.post(
        "/courses/small/regrades/",
        {"assignment": "quiz", "which": "latest", "students": "student", "reason": "The key was wrong", "never_lower": "1"},
    )

    regrade = Regrade.objects.get()
    assert answer.headers["Location"] == f"/regrades/{regrade.public_id}/"
    assert (regrade.scope["which"], regrade.scope["students"]) == ("latest", [cast.student.public_id])
    assert (regrade.made_by, regrade.never_lower) == (cast.teacher, True)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"reason": ""}, "Say why"),
        ({"reason": "x", "students": "nobody"}, "Nobody in this course is called nobody."),
        ({"reason": "x", "students": "other_teacher"}, "Nobody in this course is called other_teacher."),
        ({"reason": "x", "state": "broken"}, "No attempt fits this choice"),
    ],
)
def test_a_refused_form_says_why_and_keeps_what_was_typed(cast, typed, said):
    quizzed(cast)

    answer = at(cast.teacher).post("/courses/small/regrades/", {"assignment": "quiz", "which": "all"} | typed)

    assert answer.status_code == 422
    assert said in answer.text
    assert typed.get("students", "") in answer.text
    assert Regrade.objects.count() == 0


def test_the_preview_says_who_gains_and_why(cast):
    _, regrade = ready(cast, 1, 3)

    page = at(cast.teacher).get(f"/regrades/{regrade.public_id}/").text

    assert "gains" in page
    assert "student" in page
    assert "1 of these attempts get more points; nobody loses any." in page
    assert "The key was wrong" in page


def test_never_lower_is_recalculated_before_anything_is_applied(cast):
    _, regrade = ready(cast, 3, 1)
    teacher = at(cast.teacher)

    kept = teacher.get(f"/regrades/{regrade.public_id}/").text
    lost = teacher.get(f"/regrades/{regrade.public_id}/?never_lower=0").text

    assert "stays: points are never lowered" in kept
    assert "stays: points are never lowered" not in lost
    assert "0 of these attempts get more points, 1 get fewer." in lost


def test_an_override_stays_on_top_and_the_page_says_so(cast):
    submission, regrade = ready(cast, 1, 3)
    grade = Grade.objects.get(student=submission.student, assignment=submission.assignment)
    override_set(grade=grade, score=Decimal(2), reason="By word of mouth", by=cast.teacher, seen_version=grade.version)

    page = at(cast.teacher).get(f"/regrades/{regrade.public_id}/").text
    assert "override stays on top" in page
    applied(cast, regrade)

    assert score(submission) == 2


def test_an_upload_meanwhile_is_named(cast):
    _, regrade = ready(cast, 1, 3)
    graded(cast, 2)

    page = at(cast.teacher).get(f"/regrades/{regrade.public_id}/").text

    assert "1 submission was handed in since" in page


def test_apply_and_undo_by_the_page(cast):
    _, regrade = ready(cast, 1, 3)
    teacher = at(cast.teacher)

    teacher.post(f"/regrades/{regrade.public_id}/apply/", {"never_lower": "1"})
    stepped(regrade)
    assert "Undo this regrade" in teacher.get(f"/regrades/{regrade.public_id}/").text
    teacher.post(f"/regrades/{regrade.public_id}/undo/")
    stepped(regrade)

    assert regrade.state == "undone"
    assert (regrade.applied_by, regrade.undone_by) == (cast.teacher, cast.teacher)


def test_two_who_apply_at_once_are_told(cast):
    _, regrade = ready(cast, 1, 3)
    teacher = at(cast.teacher)

    teacher.post(f"/regrades/{regrade.public_id}/apply/", {"never_lower": "1"})
    answer = teacher.post(f"/regrades/{regrade.public_id}/apply/", {"never_lower": "0"}, follow=True)

    assert "Somebody else was faster" in answer.text
    regrade.refresh_from_db()
    assert regrade.never_lower is True


def test_the_fragment_polls_until_it_is_over_and_then_reloads(cast):
    graded(cast, 1)
    regrade = started(cast, cast.lab)
    teacher = at(cast.teacher)
    waiting = teacher.get(f"/regrades/{regrade.public_id}/", headers={"HX-Request": "true"})
    assert "hx-get" in waiting.text
    assert "0 of 1" in waiting.text
    assert "HX-Refresh" not in waiting.headers

    Regrade.objects.update(state="ready")
    over = teacher.get(f"/regrades/{regrade.public_id}/", headers={"HX-Request": "true"})

    assert over.headers["HX-Refresh"] == "true"


def test_the_number_of_queries_does_not_grow(cast, django_assert_max_num_queries):
    for student in (cast.student, cast.classmate):
        for number in ("50", "49", "48"):
            quizzed(cast, student, number)
    regrade = stepped(started(cast))
    teacher = at(cast.teacher)

    with django_assert_max_num_queries(22):
        teacher.get(f"/regrades/{regrade.public_id}/")


def test_in_russian(cast):
    _, regrade = ready(cast, 1, 3)

    assert "ждёт вашего решения" in at(cast.teacher, "ru").get(f"/regrades/{regrade.public_id}/").text


def test_versions_to_judge_by_have_their_date_as_the_reader_writes_it(cast):
    quizzed(cast)
    made = localtime(cast.quiz.current_version.created_at)

    russian, english = (at(cast.teacher, one).get("/courses/small/regrades/?assignment=quiz").text for one in ("ru", "en"))

    assert f">{made:%d.%m.%Y %H:%M} (" in russian
    assert f">{made:%Y-%m-%d %H:%M} (" in english


def test_attempts_are_listed_with_what_a_regrade_made_of_them(cast):
    _submission, regrade = ready(cast, 1, 3)
    student = at(cast.student)

    before = student.get("/courses/small/lab/").text
    regrade = applied(cast, regrade)
    after = student.get("/courses/small/lab/").text
    undone(cast, regrade)

    assert '<td class="num">1 of 3</td>' in before
    assert '<td class="num">3 of 3</td>' in after
    assert '<span class="small">counts</span>' in after
    assert '<td class="num">1 of 3</td>' in student.get("/courses/small/lab/").text
