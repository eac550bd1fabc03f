"""The cast, for the tests of this room, and a browser-less client for each of its people."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.conf import settings
from django.test import Client
from django.utils import translation

from grader.accounts.models import User
from tests.factories import cast

__all__ = ["cast"]


@pytest.fixture
def in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def at() -> Callable[..., Client]:
    """`at(person)`: a client that this person is logged in with, reading English unless told otherwise."""

    def client_of(user: User | None, language: str = "en", address: str = "192.0.2.1") -> Client:
        client = Client(REMOTE_ADDR=address)
        if user is not None:
            client.force_login(user)
        client.cookies.load({settings.LANGUAGE_COOKIE_NAME: language})
        return client

    return client_of
