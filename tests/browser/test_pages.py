"""Every page in a browser: nothing for axe to find, nothing that the policy had to stop, no sideways scroll at 320 px."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser.shots import refuse

AXE = (Path(__file__).parent / "vendor" / "axe-4.14.1.min.js").read_text("utf-8")
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


def findings(tab) -> list[str]:
    """What axe finds on the page that is open."""
    tab.evaluate(AXE)
    report = tab.evaluate("rules => axe.run(document, rules)", RULES)
    assert len(report["passes"]) > 10  # it did look
    found = report["violations"]
    return [f"{one['id']}: {node['html'][:200]} ({node['failureSummary'][:300]})" for one in found for node in one["nodes"]]


def people(states):
    return sorted({page.person for page in states.pages}, key=str)


@pytest.mark.parametrize(("language", "scheme"), [("ru", "light"), ("en", "dark")])
def test_axe_finds_nothing_on_any_page(states, open_as, language, scheme):
    found = {}
    for person in people(states):
        tab = open_as(person, language, color_scheme=scheme, bypass_csp=True)
        for page in states.pages:
            if page.person == person:
                tab.goto(states.url + page.path)
                found[page.name] = findings(tab)

    assert {name: list_ for name, list_ in found.items() if list_} == {}
    assert len(found) == len(states.pages)


def test_axe_finds_nothing_on_a_refused_form(states, open_as):
    tab = open_as("anna", "ru", bypass_csp=True)
    tab.goto(f"{states.url}/courses/zoo/everything/")
    refuse(tab)

    assert findings(tab) == []
    assert tab.evaluate("document.activeElement.getAttribute('role')") == "alert"


def test_no_page_scrolls_sideways_at_320_pixels(states, open_as):
    wide = {}
    for language in ("ru", "en"):
        for person in people(states):
            tab = open_as(person, language, viewport={"width": 320, "height": 640})
            for page in states.pages:
                if page.person == person:
                    tab.goto(states.url + page.path)
                    wide[page.name, language] = tab.evaluate("document.documentElement.scrollWidth")

    assert {page: width for page, width in wide.items() if width > 320} == {}


def test_the_policy_had_nothing_to_stop_and_no_script_failed(states, open_as):
    complaints: list[str] = []
    for person in people(states):
        tab = open_as(person)
        tab.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        tab.on("pageerror", lambda error: complaints.append(str(error)))
        for page in states.pages:
            if page.person == person:
                tab.goto(states.url + page.path)
                tab.wait_for_load_state("networkidle")

    assert [text for text in complaints if "404" not in text] == []  # one page is a 404 on purpose


def test_the_first_tab_stop_skips_to_the_content(states, open_as):
    tab = open_as("anna", "en")
    tab.goto(f"{states.url}/courses/zoo/everything/")

    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.textContent") == "Skip to content"
    tab.keyboard.press("Enter")
    assert tab.evaluate("location.hash") == "#main"


def test_arrows_walk_the_gradebook_and_it_is_one_tab_stop(states, open_as):
    tab = open_as("vera", "en")
    tab.goto(f"{states.url}/courses/zoo/gradebook/")
    links = tab.locator("tbody a")

    assert tab.locator('tbody a[tabindex="0"]').count() == 1
    links.first.focus()
    tab.keyboard.press("ArrowDown")
    focused = tab.evaluate("document.activeElement.closest('tr').rowIndex")
    assert focused > tab.evaluate("document.querySelector('tbody a').closest('tr').rowIndex")
    assert tab.locator('tbody a[tabindex="0"]').count() == 1


def test_the_header_the_names_and_the_averages_stay_in_sight(states, open_as):
    tab = open_as("vera", "en", viewport={"width": 360, "height": 420})
    tab.goto(f"{states.url}/courses/zoo/gradebook/")
    tab.evaluate("document.querySelector('.grid').scrollTo(200, 300)")

    box = tab.locator(".grid").bounding_box()
    name, head, foot = (tab.locator(f".grid {which} th").first.bounding_box() for which in ("tbody", "thead", "tfoot"))

    assert abs(name["x"] - box["x"]) < 3
    assert abs(head["y"] - box["y"]) < 3
    assert abs(foot["y"] + foot["height"] - box["y"] - box["height"]) < 20  # a scroll bar may lie below


def test_the_drop_zone_tells_what_was_chosen_before_it_is_sent(states, open_as):
    tab = open_as("anna", "en")
    tab.goto(f"{states.url}/courses/zoo/everything/")
    says = tab.locator("[data-says]")

    cells = '{"nbformat": 4, "cells": [{"cell_type": "code", "source": ""}, {"cell_type": "markdown", "source": ""}]}'
    tab.set_input_files("#notebook", files=[{"name": "a.ipynb", "mimeType": "", "buffer": cells.encode()}])
    says.get_by_text("a.ipynb, 0 MB, code cells: 1").wait_for()
    tab.set_input_files("#notebook", files=[{"name": "b.png", "mimeType": "", "buffer": b"\x89PNG"}])
    says.get_by_text("b.png does not look like a Jupyter notebook").wait_for()
    tab.set_input_files("#notebook", files=[{"name": "c.ipynb", "mimeType": "", "buffer": b"x" * 11 * 1024 * 1024}])
    says.get_by_text("c.ipynb is 11 MB; the limit is 10 MB.").wait_for()


def test_thirty_megabytes_end_in_a_sentence_and_the_answers_stay(states, open_as, tmp_path):
    big = tmp_path / "big.ipynb"
    big.write_bytes(b"x" * 30 * 1024 * 1024)
    tab = open_as("boris", "ru")
    tab.goto(f"{states.url}/courses/zoo/everything/")
    tab.fill("#answer-1-4", "0,91")

    tab.set_input_files("#notebook", big)
    tab.click("#form > .row > .button")

    tab.wait_for_selector("#notebook-wrong")
    assert "30" in tab.inner_text("#notebook-wrong")
    assert tab.input_value("#answer-1-4") == "0,91"


def test_the_live_page_asks_for_its_fragment_every_two_seconds(states, open_as):
    tab = open_as("vera", "en")
    running = next(page for page in states.pages if page.name == "live-running")

    tab.goto(states.url + running.path)
    with tab.expect_response(lambda response: response.url.endswith("/progress/"), timeout=5000) as asked:
        pass

    assert asked.value.status == 200
    tab.get_by_role("heading", name="Running cell 7 of 12").wait_for()


def test_without_javascript_pages_say_the_same(states, open_as):
    tab = open_as("anna", "en", java_script_enabled=False)

    tab.goto(f"{states.url}/courses/zoo/everything/")
    tab.set_input_files("#notebook", files=[{"name": "a.ipynb", "mimeType": "", "buffer": b"no"}])
    tab.click("#form > .row > .button")

    assert tab.locator("[role=alert]").is_visible()
    assert tab.locator("#notebook-wrong").is_visible()
