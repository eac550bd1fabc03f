"""Browsers of the cast, and the class of states. Chromium itself and `running_site` come from the tests' own conftest."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from local.servers import postgres
from tests.browser.shots import log_in
from tests.browser.site_of_states import SiteOfStates, site_of_states
from tests.plugins import servers


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/browser" in str(item.path):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def states(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SiteOfStates]:
    """A web process over a class in which every state occurs."""
    database = f"states_{secrets.token_hex(4)}"
    postgres.database_create(os.environ["DATABASE_URL"], database)
    env = dict(os.environ)
    env["DATABASE_URL"] = postgres.with_database(env["DATABASE_URL"], database)
    env["GRADER_HOME"] = str(tmp_path_factory.mktemp("states"))
    with site_of_states(servers.supervisor(), env) as site:
        yield site


@pytest.fixture
def open_as(browser: Browser, states: SiteOfStates) -> Iterator[Callable[..., Page]]:
    """`open_as(person, language, **context)`: a tab of a browser in which this person is logged in."""
    contexts: list[BrowserContext] = []

    def tab_of(person: str | None, language: str = "ru", **options: Any) -> Page:
        context = browser.new_context(locale=language, **options)
        contexts.append(context)
        tab = context.new_page()
        log_in(tab, states, person, language)
        return tab

    yield tab_of
    for context in contexts:
        context.close()
