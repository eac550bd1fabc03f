"""The world that is attacked: every state at once."""

from __future__ import annotations

import logging

import pytest

from assignments.publishing import upload_store
from grader.accounts.sections import section_add, section_open
from grader.events.services import Actor
from grader.events.types import CHOSEN_FROM
from grader.gradebook.regrading.scope import Scope
from grader.gradebook.regrading.services import regrade_start
from grader.gradebook.reviews import review_open
from grader.lms.models import WebhookEndpoint
from grader.lms.webhooks.outbox import events_dispatch
from grader.lms.webhooks.services import endpoint_create
from tests.pages.world import ZOO, World, full_world


@pytest.fixture
def world(db: None, request: pytest.FixtureRequest) -> World:
    logging.disable()  # thousands of refusals, each with a line
    request.addfinalizer(lambda: logging.disable(logging.NOTSET))
    world = full_world()
    section = section_add(course=world.course, name="A")
    section_open(section)
    review_open(submission=world.shown["graded"], task="1.3", asked="Why?")
    upload_store(ZOO, by=world.teacher, file_name="zoo.zip")
    regrade_start(assignment=world.quiz, scope=Scope(), by=world.teacher, reason="The key was wrong")
    endpoint_with_messages(world)
    return world


def endpoint_with_messages(world: World) -> None:
    """One that is to hear of all there was, so that its pages and the ledger hold every form they have."""
    made = endpoint_create(url="https://lms.example/hook", events=CHOSEN_FROM, course=world.course, by=Actor(source="tests"))
    WebhookEndpoint.objects.filter(pk=made.pk).update(last_event=0)
    assert events_dispatch()
