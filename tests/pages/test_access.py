"""Each page as each person. A page of somebody else's is not found; a stranger is asked to log in."""

from __future__ import annotations

import pytest
from django.urls import reverse

from grader.events.services import Actor
from grader.lms.models import WebhookEndpoint
from grader.lms.webhooks.outbox import events_dispatch
from grader.lms.webhooks.services import endpoint_create
from tests.pages.world import graded, hand_in, record, running

PEOPLE = ("student", "classmate", "teacher", "assistant", "other_teacher", "admin")
MINE_AND_TEACHERS = {"student", "teacher", "assistant", "admin"}
IN_THE_COURSE = MINE_AND_TEACHERS | {"classmate"}
TEACHERS = {"teacher", "assistant", "admin"}
MANAGERS = {"teacher", "admin"}


def addresses(world):
    done = record(hand_in(world), graded())
    live = running(hand_in(world, answers={"1.1": "fast"}))
    endpoint, message = told(world)
    return {
        "home": (reverse("home"), set(PEOPLE)),
        "assignment": (reverse("assignments:show", args=["zoo", "everything"]), IN_THE_COURSE),
        "starter": (reverse("assignments:starter", args=["zoo", "everything"]), IN_THE_COURSE),
        "result": (reverse("results:show", args=[done.public_id]), MINE_AND_TEACHERS),
        "notebook": (reverse("results:notebook", args=[done.public_id]), MINE_AND_TEACHERS),
        "live": (reverse("submissions:show", args=[live.public_id]), MINE_AND_TEACHERS),
        "progress": (reverse("submissions:progress", args=[live.public_id]), MINE_AND_TEACHERS),
        "executed": (reverse("results:executed", args=[done.public_id]), MINE_AND_TEACHERS),
        "gradebook": (reverse("gradebook:course", args=["zoo"]), TEACHERS),
        "cell": (reverse("gradebook:cell", args=["zoo", world.student.public_id, "everything"]), TEACHERS),
        "detail": (reverse("gradebook:detail", args=["zoo", done.public_id]), TEACHERS),
        "reviews": (reverse("gradebook:reviews", args=["zoo"]), TEACHERS),
        "tasks": (reverse("gradebook:tasks", args=["zoo"]), TEACHERS),
        "people": (reverse("people:course", args=["zoo"]), TEACHERS),
        "policies": (reverse("gradebook:policies", args=["zoo"]), MANAGERS),
        "regrades": (reverse("gradebook:regrades", args=["zoo"]), MANAGERS),
        "files": (reverse("courses:show", args=["zoo"]), MANAGERS),
        "ledger": (reverse("lms:ledger", args=["zoo"]), MANAGERS),
        "endpoints": (reverse("lms:endpoints"), MANAGERS | {"other_teacher"}),  # each sees their own there
        "endpoint": (reverse("lms:endpoint", args=[endpoint.public_id]), MANAGERS),
        "replay": (reverse("lms:endpoint_replay", args=[endpoint.public_id]), MANAGERS),
        "message": (reverse("lms:message", args=[endpoint.public_id, message.event.public_id]), MANAGERS),
        "endpoint of the site": (reverse("lms:endpoint", args=[of_the_site().public_id]), {"admin"}),
    }


def told(world):
    """An endpoint of the course, and a message that it is to be sent."""
    endpoint = endpoint_create(url="https://lms.example/hook", events=["grade.changed"], course=world.course, by=Actor())
    WebhookEndpoint.objects.filter(pk=endpoint.pk).update(last_event=0)
    events_dispatch()
    return endpoint, endpoint.messages.select_related("event").first()


def of_the_site():
    return endpoint_create(url="https://archive.example/hook", events=["grade.changed"], by=Actor())


@pytest.mark.parametrize("name", PEOPLE)
def test_each_person_opens_what_is_theirs_and_finds_nothing_else(world, at, name):
    client = at(world.cast[name])

    got = {page: client.get(address).status_code for page, (address, _) in addresses(world).items()}

    wanted = {page: 200 if name in allowed else 404 for page, (_, allowed) in addresses(world).items()}
    assert got == wanted


def test_a_stranger_is_asked_to_log_in_on_every_page(world, at):
    stranger = at(None)

    for address, _ in addresses(world).values():
        response = stranger.get(address)
        assert response.status_code == 302
        assert response["Location"].startswith("/login/?next=")


def test_a_cell_of_the_gradebook_leads_to_the_latest_attempt_and_only_for_teachers(world, at):
    done = record(hand_in(world), graded())
    address = reverse("gradebook:cell", args=["zoo", world.student.public_id, "everything"])

    assert reverse("gradebook:detail", args=["zoo", done.public_id]) in at(world.teacher).get(address).text
    for name in ("student", "classmate", "other_teacher"):
        assert at(world.cast[name]).get(address).status_code == 404


def test_only_the_student_who_handed_it_in_may_stop_it(world, at):
    live = running(hand_in(world))
    address = reverse("results:stop", args=[live.public_id])

    for name in ("classmate", "teacher", "assistant", "other_teacher", "admin"):
        assert at(world.cast[name]).post(address).status_code == 404
    assert at(world.student).post(address).status_code == 302
    live.refresh_from_db()
    assert live.state == "cancelled"


def test_reading_a_page_never_changes_anything(world, at):
    done = record(hand_in(world), graded())
    client = at(world.student)

    assert client.get(reverse("results:stop", args=[done.public_id])).status_code == 405
    assert client.get(reverse("logout")).status_code == 405
    assert client.get(reverse("set_language")).status_code == 405
