"""Every page once, as whoever may see it, in both languages: axe in both themes, no sideways scroll on a narrow window, nothing
for the policy to stop, and the same heading without JavaScript. All pages are visited in one round, since opening them is what
takes time; the tests look at what was found.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import polib
import pytest
from playwright.sync_api import Error

from grader.locale import make
from tests.browser.posted import STEPS, reach, refuse
from tests.browser.shots import log_in

AXE = (Path(__file__).parent / "vendor" / "axe-4.14.1.min.js").read_text("utf-8")
REFUSED = {name for name in STEPS if name.endswith(("-wrong", "-refused", "-asked", "-no-table"))} - {"import-wrong"}
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LANGUAGES = ("ru", "en")
pytestmark = pytest.mark.timeout(900)  # whichever test is first waits for the round
# A narrow telephone, and what is left of a window of 1280 pixels at a zoom of 200 %.
WIDTHS = (320, 640)


@dataclass
class Seen:
    """What a page of one language was found to be."""

    heading: str = ""
    language: str = ""
    findings: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))  # by theme
    widths: defaultdict[int, int] = field(default_factory=lambda: defaultdict(int))  # the document's width by the window's
    complaints: list[str] = field(default_factory=list)  # of the console
    status: int = 0
    plain_heading: str = ""  # without JavaScript
    text: str = ""


def axe(tab, **options) -> list[str]:
    """What axe finds on the page that is open."""
    report = tab.evaluate("options => axe.run(document, options)", {"resultTypes": ["violations"], **options})
    assert report["passes"]  # it did look
    found = report["violations"]
    return [f"{one['id']}: {node['html'][:200]} ({node['failureSummary'][:300]})" for one in found for node in one["nodes"]]


def look(tab, page, url) -> Seen:
    """One page in a light window of 1280 pixels, then dark, then narrow."""
    seen = Seen()
    tab.set_viewport_size({"width": 1280, "height": 800})
    tab.emulate_media(color_scheme="light")
    try:
        response = reach(tab, page, url)
        seen.status = response.status if response else 0
    except Error:  # nothing that a browser could show: the other pages are looked at all the same
        return seen
    seen.heading = tab.locator("h1").first.inner_text()
    seen.language = tab.evaluate("document.documentElement.lang")
    seen.text = tab.inner_text("body")
    tab.evaluate(AXE)
    seen.findings["light"] = axe(tab, runOnly=TAGS)
    tab.emulate_media(color_scheme="dark")
    seen.findings["dark"] = axe(tab, runOnly={"type": "rule", "values": ["color-contrast"]})
    for width in WIDTHS:
        tab.set_viewport_size({"width": width, "height": 640})
        seen.widths[width] = tab.evaluate("document.documentElement.scrollWidth")
    return seen


@pytest.fixture(scope="session")
def visits(browser, states) -> dict[tuple[str, str], Seen]:
    """Every page by name and language."""
    seen: dict[tuple[str, str], Seen] = {}
    for language in LANGUAGES:
        for person in sorted({page.person for page in states.pages}, key=str):
            own = [page for page in states.pages if page.person == person]
            context = browser.new_context(locale=language)
            tab = context.new_page()
            log_in(tab, states, person, language)
            complaints: list[str] = []
            tab.on("console", lambda message, told=complaints: told.append(message.text) if message.type == "error" else None)
            tab.on("pageerror", lambda error, told=complaints: told.append(str(error)))
            for page in own:
                complaints.clear()
                found = look(tab, page, states.url)
                found.complaints = list(complaints)
                seen[page.name, language] = found
            if language == "en":
                for page, heading in zip(own, headings_without_javascript(browser, states, context, own), strict=True):
                    seen[page.name, language].plain_heading = heading
            context.close()
    return seen


def headings_without_javascript(browser, states, logged_in, pages) -> list[str]:
    context = browser.new_context(locale="en", java_script_enabled=False, storage_state=logged_in.storage_state())
    tab = context.new_page()
    found = []
    for page in pages:
        try:
            reach(tab, page, states.url)
        except Error:
            found.append("")
            continue
        found.append(tab.locator("h1").first.inner_text())
    context.close()
    return found


def those(visits, of) -> dict[tuple[str, str], object]:
    return {visit: found for visit, seen in visits.items() if (found := of(seen))}


def test_each_page_opens_in_both_languages(visits, states):
    assert len(visits) == len(states.pages) * len(LANGUAGES)
    refused = {name: status for (name, _language), status in those(visits, lambda seen: seen.status - 200).items()}
    assert {name for name, status in refused.items() if status == 204} == {"not-found", "join-closed"}
    assert {name for name, status in refused.items() if status == 209} == {"detail-overtaken", "policy-overtaken"}
    assert {name for name, status in refused.items() if status == 222} == REFUSED
    assert set(refused.values()) == {204, 209, 222}
    assert those(visits, lambda seen: not seen.heading) == {}
    assert {(name, language) for (name, language), seen in visits.items() if seen.language != language} == set()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_on_any_page(visits, theme):
    assert those(visits, lambda seen: seen.findings[theme]) == {}


@pytest.mark.parametrize("width", WIDTHS)
def test_no_page_scrolls_sideways_in_a_narrow_window(visits, width):
    assert those(visits, lambda seen: seen.widths[width] if seen.widths[width] > width else 0) == {}


def test_the_policy_had_nothing_to_stop_and_no_script_failed(visits):
    def complaints(seen):
        on_purpose = [f"status of {code}" for code in (404, 409, 422)]
        return [text for text in seen.complaints if not any(code in text for code in on_purpose)]

    assert those(visits, complaints) == {}


def test_without_javascript_pages_say_the_same(visits):
    told = {name: (seen.heading, seen.plain_heading) for (name, language), seen in visits.items() if language == "en"}

    assert {name: both for name, both in told.items() if both[0] != both[1]} == {}


def test_no_english_of_ours_is_left_on_a_russian_page(visits):
    catalogue = polib.pofile(str(make.po_path("ru")))
    english = [
        entry.msgid for entry in catalogue if len(entry.msgid) > 12 and "%" not in entry.msgid and entry.msgid not in entry.msgstr
    ]
    russian = {name: seen.text for (name, language), seen in visits.items() if language == "ru"}

    assert {name: left for name, text in russian.items() if (left := [one for one in english if one in text])} == {}


NAMED = {"detail", "class-cell", "class-detail", "class-review", "class-person", "class-person-remove", "class-extensions"}
NAMED |= {"endpoint", "endpoint-failing", "endpoint-gone", "endpoint-paused", "endpoint-nothing-found"}
OF_A_NAME = NAMED | {name for name, (begin, _step) in STEPS.items() if begin in NAMED}
# "4. MLP", and what an event's type is called
SAME_WORD = {"dl2-4", "message-delivered", "message-waiting", "message-failed", "message-given-up"}


def test_headings_are_in_the_readers_language(visits):
    """A heading that is the same in both languages and no name has been forgotten."""
    headings = defaultdict(set)
    for (name, _language), seen in visits.items():
        headings[name].add(seen.heading)

    assert {name for name, texts in headings.items() if len(texts) == 1} - OF_A_NAME - SAME_WORD == set()


def test_a_refused_form_puts_the_focus_on_what_needs_fixing(states, open_as):
    tab = open_as("anna", "ru")
    tab.goto(f"{states.url}/courses/zoo/everything/")
    refuse(tab)

    assert tab.evaluate("document.activeElement.getAttribute('role')") == "alert"
