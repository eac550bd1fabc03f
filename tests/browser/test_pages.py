"""What pages do in a browser: by keyboard, by mouse, and without JavaScript."""

from __future__ import annotations

import json

from tests.pages.world import NOTEBOOK


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
    tab.evaluate("document.querySelector('.grid[role=region]').scrollTo(200, 300)")

    box = tab.locator(".grid[role=region]").bounding_box()
    name, head, foot = (
        tab.locator(f".grid[role=region] {which} th").first.bounding_box() for which in ("tbody", "thead", "tfoot")
    )

    assert abs(name["x"] - box["x"]) < 3
    assert abs(head["y"] - box["y"]) < 3
    assert abs(foot["y"] + foot["height"] - box["y"] - box["height"]) < 20  # a scroll bar may lie below


def chosen(tab, name: str, content: bytes) -> str:
    """What the page says of a file that was chosen just now."""
    tab.set_input_files("#notebook", files=[{"name": name, "mimeType": "", "buffer": content}])
    tab.locator(f"[data-says]:has-text('{name}'):not(:has-text('…'))").wait_for()
    return str(tab.inner_text(".drop"))


def test_a_chosen_file_is_looked_over_before_it_is_sent(states, open_as):
    tab = open_as("anna", "en")
    tab.goto(f"{states.url}/courses/zoo/everything/")
    odd = json.dumps({"nbformat": 4, "cells": [{"cell_type": "code", "source": "drive.mount('/content/drive')"}]}).encode()

    assert "2 cells with code" in chosen(tab, "mine.ipynb.txt", NOTEBOOK)
    told = chosen(tab, "odd.ipynb", odd)
    assert "Cell 1. Files are read from your Google account" in told
    assert "No cell seems to train a model" in told
    assert "it is not JSON" in chosen(tab, "b.png", b"\x89PNG")
    assert tab.get_attribute("#notebook", "aria-invalid") == "true"
    assert "c.ipynb is 11 MB; the limit is 10 MB." in chosen(tab, "c.ipynb", b"x" * 11 * 1024 * 1024)


def test_a_file_may_be_dropped_and_a_pasted_link_opens_the_pictures(states, open_as):
    tab = open_as("anna", "en")
    tab.goto(f"{states.url}/courses/zoo/everything/")

    tab.evaluate(
        """text => {
            const data = new DataTransfer();
            data.items.add(new File([text], "dropped.ipynb"));
            document.querySelector("[data-drop]").dispatchEvent(new DragEvent("drop", {dataTransfer: data, bubbles: true}));
        }""",
        NOTEBOOK.decode(),
    )
    tab.get_by_text("2 cells with code").wait_for()
    assert not tab.locator("#notebook-link").is_visible()
    tab.evaluate(
        """() => {
            const data = new DataTransfer();
            data.setData("text", "https://colab.research.google.com/drive/1abc");
            document.body.dispatchEvent(new ClipboardEvent("paste", {clipboardData: data, bubbles: true}));
        }"""
    )

    assert tab.locator("[data-colab] svg").count() == 3
    assert tab.locator("#notebook-link").is_visible()


def test_what_was_typed_and_chosen_survives_a_tab_that_is_closed(states, open_as):
    tab = open_as("student6", "en")
    tab.goto(f"{states.url}/courses/zoo/everything/")
    chosen(tab, "mine.ipynb", NOTEBOOK)
    with tab.expect_response(lambda response: response.status == 204):
        tab.fill("#answer-1-5", "half a thought")
    tab.close()

    other = open_as("student6", "ru", java_script_enabled=False)
    other.goto(f"{states.url}/courses/zoo/everything/")

    assert other.input_value("#answer-1-5") == "half a thought"
    assert "mine.ipynb" in other.inner_text("#form")


def test_keys_go_by_their_place_and_are_off_while_typing(states, open_as):
    tab = open_as("vera", "ru")
    tab.goto(f"{states.url}/dev/patterns/")

    tab.keyboard.press("Shift+Slash")
    help_ = tab.locator("#keys")
    assert help_.is_visible()
    assert "Имя или логин" in help_.inner_text()  # what this page offers, in its own words
    tab.keyboard.press("Escape")
    assert not help_.is_visible()
    # The key right of М on a Russian keyboard types a full stop and is the slash by its place.
    tab.evaluate("document.body.dispatchEvent(new KeyboardEvent('keydown', {code: 'Slash', key: '.', bubbles: true}))")
    assert tab.evaluate("document.activeElement.type") == "search"
    tab.keyboard.type("/?")
    assert tab.input_value("[data-key=Slash]") == "/?"
    assert not help_.is_visible()


def test_whoever_switched_the_keys_off_has_none(states, open_as):
    tab = open_as("boris", "en")
    tab.goto(f"{states.url}/settings/")
    tab.uncheck("[name=shortcuts]")
    tab.click("form:has([name=shortcuts]) button")
    tab.get_by_text("Saved.").wait_for()

    tab.keyboard.press("Shift+Slash")

    assert tab.locator("#keys").count() == 0


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


def test_without_javascript_pages_say_the_same(states, open_as):
    tab = open_as("anna", "en", java_script_enabled=False)

    tab.goto(f"{states.url}/courses/zoo/everything/")
    tab.set_input_files("#notebook", files=[{"name": "a.ipynb", "mimeType": "", "buffer": b"no"}])
    tab.click("#form > .row > .button")

    assert tab.locator("[role=alert]").is_visible()
    assert tab.locator("#notebook-wrong").is_visible()
