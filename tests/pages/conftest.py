"""The world of these tests, and a browser-less client for each of its people."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.conf import settings
from django.test import Client

from grader.accounts.models import User
from tests.pages.world import World, full_world, make_world


@pytest.fixture
def world(db: None) -> World:
    return make_world()


@pytest.fixture
def whole_class(db: None) -> World:
    return full_world()


@pytest.fixture
def at() -> Callable[..., Client]:
    """`at(person)`: a client that this person is logged in with, reading English unless told otherwise."""

    def client_of(user: User | None, language: str = "en") -> Client:
        client = Client()
        if user is not None:
            client.force_login(user)
        client.cookies.load({settings.LANGUAGE_COOKIE_NAME: language})
        return client

    return client_of
