"""The ledger: what we have, what was delivered, why not, and telling it again; for whoever manages the course and nobody else."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from grader.accounts.models import Enrolment
from grader.events.models import Event
from grader.gradebook.decisions import override_set
from grader.gradebook.models import Grade
from grader.lms.models import GradeTold, WebhookMessage
from grader.lms.webhooks.services import endpoint_pause
from tests.factories import a_submission, graded
from tests.lms.sending import BY, an_endpoint, due_now, send_all

LEDGER = "/courses/small/lms/"


@pytest.fixture
def teacher(cast) -> Client:
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(cast.teacher)
    return client


def page(client: Client, query: str = "") -> str:
    answer = client.get(LEDGER + query)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def override(cast, score: str) -> None:
    grade = Grade.objects.get(student=cast.student)
    override_set(grade=grade, score=Decimal(score), reason="Said so aloud", by=cast.teacher, seen_version=grade.version)


def test_a_grade_is_seen_to_go_out(cast, teacher, there):
    an_endpoint(there.url, course=cast.course)
    graded(cast, 2.0)
    assert "not sent" in page(teacher) or "on its way" in page(teacher)

    send_all()

    shown = page(teacher)
    assert "delivered" in shown
    assert "it has every grade" in shown


def test_a_grade_that_a_teacher_overrides_is_behind_until_it_went_out(cast, teacher, there):
    an_endpoint(there.url, course=cast.course)
    graded(cast, 2.0)
    send_all()
    override(cast, "1.5")

    assert "1 grade is behind" in page(teacher)
    assert "No grade matches" not in page(teacher, "?show=behind")

    send_all()

    assert "it has every grade" in page(teacher)
    assert "No grade matches" in page(teacher, "?show=behind")
    assert GradeTold.objects.get().score == "1.50"


def test_why_it_did_not_arrive_stands_beside_it(cast, teacher, there):
    there.status = 500
    an_endpoint(there.url, course=cast.course)
    graded(cast, 2.0)
    send_all()

    shown = page(teacher)

    assert "on its way" in shown
    assert "The receiver failed" in shown
    assert "next try" in shown
    assert "fails" in shown


def test_one_is_sent_again_under_the_same_id(cast, teacher, there):
    endpoint = an_endpoint(there.url, course=cast.course)
    graded(cast, 2.0)
    send_all()

    teacher.post(LEDGER + f"send?endpoint={endpoint.public_id}", {"grade": Grade.objects.get().public_id})
    send_all()

    (first, body), (second, again) = there.got
    assert first["webhook-id"] == second["webhook-id"]
    assert body == again
    assert Event.objects.filter(type="audit.endpoint.grades_told_again").count() == 1


def test_what_changed_before_there_was_an_endpoint_is_told_by_the_button(cast, teacher, there):
    graded(cast, 2.0)
    graded(cast, 1.0, student=cast.classmate)
    an_endpoint(there.url, course=cast.course)
    send_all()
    assert "it changed before this endpoint was there" in page(teacher)

    said = teacher.post(LEDGER + "send", follow=True).content.decode()
    send_all()

    assert "2 grades are being sent." in said
    assert "it has every grade" in page(teacher)
    assert {told.score for told in GradeTold.objects.all()} == {"2.00", "1.00"}


def test_only_what_the_filter_leaves_is_sent(cast, teacher, there):
    graded(cast, 2.0)
    graded(cast, 1.0, student=cast.classmate)
    an_endpoint(there.url, course=cast.course)
    name = Enrolment.objects.get(user=cast.classmate, course=cast.course).external_user_id

    teacher.post(LEDGER + f"send?name={name}")
    send_all()

    assert [told.grade.student for told in GradeTold.objects.select_related("grade__student")] == [cast.classmate]


def test_nothing_is_sent_to_one_that_is_paused(cast, teacher, there):
    endpoint = an_endpoint(there.url, course=cast.course)
    graded(cast, 2.0)
    endpoint_pause(endpoint, by=BY)

    said = teacher.post(LEDGER + "send", {"grade": Grade.objects.get().public_id}, follow=True).content.decode()

    assert "Nothing was sent" in said
    assert "Send again" not in page(teacher)


def test_a_second_press_is_one_message(cast, teacher, there):
    an_endpoint(there.url, course=cast.course)
    graded(cast, 2.0)
    for _ in range(3):
        teacher.post(LEDGER + "send")

    assert WebhookMessage.objects.count() == 1
    send_all()
    assert len(there.got) == 1


def test_an_older_version_that_is_still_tried_hides_nothing(cast, teacher, there):
    there.status = 500
    an_endpoint(there.url, course=cast.course)
    graded(cast, 2.0)
    send_all()
    override(cast, "1.5")
    there.status = 200
    due_now()
    send_all()

    assert "it has every grade" in page(teacher)


def test_what_waits_or_was_never_graded_stands_in_no_line(cast, teacher, there):
    an_endpoint(there.url, course=cast.course)
    a_submission(cast)

    assert "No grades yet" in page(teacher)


def test_without_an_endpoint_it_says_so(cast, teacher):
    graded(cast)

    assert "Nobody is told" in page(teacher)


def test_an_endpoint_of_the_whole_site_is_shown_by_its_host_alone(cast, teacher, there):
    an_endpoint(there.url + "/a-key-in-the-path")
    graded(cast)

    shown = page(teacher)

    assert "127.0.0.1" in shown
    assert "a-key-in-the-path" not in shown


@pytest.mark.parametrize("who", ["student", "other_teacher"])
def test_to_others_there_is_no_such_page(cast, there, who):
    an_endpoint(there.url, course=cast.course)
    graded(cast)
    client = Client()
    client.force_login(getattr(cast, who))

    assert client.get(LEDGER).status_code == 404
    assert client.post(LEDGER + "send").status_code == 404
    assert not WebhookMessage.objects.exists()


def test_another_courses_endpoint_or_grade_is_not_reached(cast, teacher, there):
    foreign = an_endpoint(there.url, course=cast.other_course)
    mine = an_endpoint(there.url, course=cast.course)
    graded(cast)

    teacher.post(LEDGER + f"send?endpoint={foreign.public_id}", {"grade": Grade.objects.get().public_id})
    teacher.post(LEDGER + "send", {"grade": "grd_00000000000000000000000000"})

    assert set(WebhookMessage.objects.values_list("endpoint", flat=True)) == {mine.pk}


@pytest.mark.parametrize(
    "query", ["?page=9999999", "?page=-1", "?name=%00", "?assignment=%FF%FE", "?endpoint=x&show=x", "?name=" + "x" * 5000]
)
def test_whatever_stands_in_the_address(cast, teacher, there, query):
    an_endpoint(there.url, course=cast.course)
    graded(cast)

    assert teacher.get(LEDGER + query).status_code == 200


def test_the_number_of_queries_does_not_grow(cast, teacher, there):
    an_endpoint(there.url, course=cast.course)
    graded(cast)
    send_all()
    counts = []
    for student in (cast.student, cast.classmate):
        graded(cast, 1.0, student=student)
        send_all()
        with CaptureQueriesContext(connection) as seen:
            page(teacher)
        counts.append(len(seen))

    assert counts[0] == counts[1]
