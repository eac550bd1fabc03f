"""The world that is attacked: every state at once."""

from __future__ import annotations

import logging

import pytest

from assignments.publishing import upload_store
from grader.accounts.sections import section_add, section_open
from grader.gradebook.regrading.scope import Scope
from grader.gradebook.regrading.services import regrade_start
from grader.gradebook.reviews import review_open
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
    return world
