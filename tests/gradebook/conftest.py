"""The cast and the world of pages, for the tests of this room."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from grader.accounts.models import Enrolment, Role, Section, User
from tests.factories import cast
from tests.pages.conftest import at, world
from tests.pages.world import World, enrol, person

__all__ = ["at", "cast", "world"]


@pytest.fixture
def limited_to() -> Callable[..., User]:
    """`limited_to(world, student)`: an assistant who sees the section of this student only."""

    def made(world: World, student: User) -> User:
        section = Section.objects.create(course=world.course, name=f"of {student.username}")
        Enrolment.objects.filter(user=student, course=world.course).update(section=section)
        assistant = person(f"helps-{student.username}", "Ланская", "Инна")
        enrol(assistant, world.course, Role.ASSISTANT)
        Enrolment.objects.get(user=assistant).limited_to.add(section)
        return assistant

    return made
