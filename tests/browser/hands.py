"""The manners in which a page must work: without JavaScript, on a telephone, by the keyboard alone; in both languages.

A journey is written once, in selectors, and walked by one of these. `Keys` goes from Tab stop to Tab stop as somebody without a
mouse does: what can't be reached so fails the journey.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import polib
import pytest
from playwright.sync_api import Browser, Page

from grader.locale import make
from tests.browser.test_path import log_in

PHONE = {"width": 320, "height": 640}
STOPS = 200  # more Tab stops than any page has
HERE = "selector => document.activeElement !== null && document.activeElement.matches(selector)"


class Hand(Protocol):
    tab: Page

    def press(self, selector: str) -> None: ...
    def fill(self, selector: str, text: str) -> None: ...
    def choose(self, selector: str, file: Path) -> None: ...


@dataclass
class Mouse:
    tab: Page

    def press(self, selector: str) -> None:
        self.tab.locator(selector).first.click()

    def fill(self, selector: str, text: str) -> None:
        self.tab.fill(selector, text)

    def choose(self, selector: str, file: Path) -> None:
        self.tab.set_input_files(selector, file)


@dataclass
class Keys:
    tab: Page

    def go(self, selector: str) -> None:
        """To the next Tab stop that is this."""
        self.tab.locator(selector).first.wait_for(state="attached")
        for _ in range(STOPS):
            self.tab.keyboard.press("Tab")
            if self.tab.evaluate(HERE, selector):
                return
        pytest.fail(f"No Tab stop of {self.tab.url} is {selector}")

    def press(self, selector: str) -> None:
        self.go(selector)
        self.tab.keyboard.press("Enter")

    def fill(self, selector: str, text: str) -> None:
        self.go(selector)
        self.tab.keyboard.press("Control+A")
        self.tab.keyboard.insert_text(text)

    def choose(self, selector: str, file: Path) -> None:
        self.go(selector)
        with self.tab.expect_file_chooser() as chooser:
            self.tab.keyboard.press("Space")
        chooser.value.set_files(file)


@dataclass(frozen=True)
class Manner:
    """How somebody uses the site. `handed` opens a tab in which they are logged in."""

    language: str
    script: bool
    phone: bool
    keys: bool

    def handed(self, browser: Browser, site: Any, person: str) -> Hand:
        options: dict[str, Any] = {"viewport": PHONE} if self.phone else {}
        tab = browser.new_context(locale=self.language, java_script_enabled=self.script, **options).new_page()
        log_in(tab, site, person, self.language)
        return Keys(tab) if self.keys else Mouse(tab)

    def fits(self, *tabs: Page) -> None:
        """No page scrolls sideways, and all speak this language."""
        for tab in tabs:
            assert tab.get_attribute("html", "lang") == self.language
            width = tab.evaluate("document.documentElement.scrollWidth")
            assert width <= tab.viewport_size["width"], tab.url  # type: ignore[index]

    def says(self, english: str, context: str = "") -> str:
        """Words of a page in this language."""
        if self.language == "en":
            return english
        entry = polib.pofile(str(make.po_path("ru"))).find(english, msgctxt=context or False)
        assert entry and entry.msgstr, english
        return str(entry.msgstr)

    def number(self, text: str) -> str:
        return text.replace(".", ",") if self.language == "ru" else text


MANNERS = [
    pytest.param(Manner("ru", script=True, phone=False, keys=True), id="ru, by keys"),
    pytest.param(Manner("en", script=True, phone=True, keys=True), id="en, by keys, 320 px"),
    pytest.param(Manner("ru", script=False, phone=True, keys=False), id="ru, without JavaScript, 320 px"),
    pytest.param(Manner("en", script=False, phone=False, keys=False), id="en, without JavaScript"),
]
