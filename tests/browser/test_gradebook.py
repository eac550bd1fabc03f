"""The gradebook as a grid: by keyboard alone, and without JavaScript."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

BOOK = "/courses/zoo/gradebook/"
AT = """() => {
  const cell = document.activeElement.closest("td, th");
  return cell && [cell.parentElement.rowIndex, cell.cellIndex];
}"""
STOPS = """() => [...document.querySelectorAll("[data-grid] a, [data-grid] input:not([hidden])")]
  .filter((one) => one.tabIndex === 0).length"""


@pytest.fixture
def grid(states, open_as) -> Iterator[Page]:
    tab = open_as("vera", "en")
    tab.goto(states.url + BOOK)
    tab.locator("tbody td a").first.focus()
    yield tab


def at(tab: Page):
    """Row and column of what has the focus; None outside of the table."""
    return tab.evaluate(AT)


def test_the_whole_table_is_one_tab_stop(grid):
    stops = grid.evaluate(STOPS)
    assert stops == 1
    assert grid.get_attribute("table[data-grid]", "role") == "grid"

    grid.keyboard.press("ArrowDown")
    grid.keyboard.press("Shift+Tab")
    assert at(grid) is None
    grid.keyboard.press("Tab")
    assert at(grid) == [2, 1]  # back where one was


def test_keys_walk_as_in_every_grid(grid):
    rows = grid.locator("[data-grid] tbody tr").count()
    walked = []
    for key in (
        *("ArrowRight", "ArrowDown", "ArrowLeft", "Home", "End", "Control+End", "Control+Home", "ArrowDown", "PageDown"),
        *("PageUp", "ArrowUp", "ArrowUp"),
    ):
        grid.keyboard.press(key)
        walked.append(at(grid))

    right, down, left, home, end, last, first, below, page_down, page_up, up, still = walked
    assert (right, down, left) == ([1, 2], [2, 2], [2, 1])
    assert home == [2, 0]
    assert end == [2, 2]
    assert last == [rows, 2]
    assert first == [0, 0]
    assert below == [1, 0]
    assert page_down == [11, 0]
    assert page_up == [1, 0]
    assert (up, still) == ([0, 0], [0, 0])  # the heads, which sort, and no further


def test_space_ticks_a_student_and_the_bar_says_how_many(grid):
    grid.keyboard.press("Home")
    grid.keyboard.press("Space")

    expect(grid.locator("[data-ticked]")).to_have_text("1")


def test_what_has_the_focus_is_never_under_what_is_sticky(states, open_as):
    tab = open_as("vera", "en", viewport={"width": 360, "height": 420})
    tab.goto(states.url + BOOK)
    tab.locator("tbody td a").first.focus()
    for key in ("Control+End", "ArrowUp", "ArrowUp", "ArrowLeft", "PageUp", "ArrowRight", "Home", "End"):
        tab.keyboard.press(key)
        hit = tab.evaluate(
            "(() => { const box = document.activeElement.getBoundingClientRect();"
            " const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);"
            " return document.activeElement.closest('td, th').contains(top); })()"
        )
        assert hit, key


def test_enter_opens_a_grade_beside_the_table_and_escape_goes_back(grid):
    grid.keyboard.press("ArrowDown")
    grid.keyboard.press("Enter")

    expect(grid.locator("#panel")).to_be_visible()
    expect(grid.locator("#panel [data-panel-head]")).to_be_focused()
    name = grid.locator("[data-grid] tbody tr").nth(1).locator("th").inner_text().strip()
    assert grid.locator("#panel [data-panel-head]").inner_text() == name
    grid.keyboard.press("Escape")
    expect(grid.locator("#panel")).to_be_hidden()
    assert at(grid) == [2, 1]


def test_a_grade_is_set_without_a_mouse_and_its_cell_follows(states, open_as):
    tab = open_as("vera", "en")
    tab.goto(f"{states.url}{BOOK}?name=Яковлев")
    tab.locator("tbody td a").first.focus()
    tab.keyboard.press("Enter")
    expect(tab.locator("#panel [data-panel-head]")).to_be_focused()

    tab.locator("#panel-score").focus()
    tab.keyboard.type("1,5")
    tab.keyboard.press("Tab")
    tab.keyboard.type("Said so aloud")
    tab.keyboard.press("Tab")
    tab.keyboard.press("Enter")

    expect(tab.locator("#panel [role=status]")).to_have_text("The grade is changed.")
    expect(tab.locator("#panel")).to_contain_text("Said so aloud")
    expect(tab.locator("[data-grid] tbody tr").first).to_contain_text("1.5")
    tab.keyboard.press("Escape")
    assert at(tab) == [1, 1]


def test_a_panel_that_can_not_be_loaded_says_so(grid):
    grid.context.set_offline(True)

    grid.keyboard.press("Enter")

    expect(grid.locator("#panel [role=alert]")).to_contain_text("Check the connection")


def test_all_of_it_works_without_javascript(states, open_as):
    tab = open_as("vera", "en", java_script_enabled=False)
    tab.goto(states.url + BOOK)

    tab.click("thead a.sort >> text=everything")
    assert tab.get_attribute("thead th:nth-child(2)", "aria-sort") == "ascending"
    tab.select_option("select[name=state]", "broken")
    tab.click("form[role=search] button")
    assert "state=broken" in tab.url and "sort=everything" in tab.url
    assert tab.locator("[data-grid] tbody tr").count() == 1
    tab.click("button[value=extension]")
    assert "For 1 student" in tab.inner_text("main")
    tab.go_back()
    tab.click("tbody td a >> nth=0")
    assert "How it came about" in tab.inner_text("main")
    assert tab.locator("h1").inner_text().startswith("Алексеев Пётр")


def test_the_page_itself_does_not_scroll_sideways_on_a_phone(states, open_as):
    tab = open_as("vera", "ru", viewport={"width": 320, "height": 640})
    for path in (BOOK, f"{BOOK}import", "/courses/zoo/tasks/", "/courses/zoo/tasks/everything/1.4/"):
        tab.goto(states.url + path)
        assert tab.evaluate("document.documentElement.scrollWidth") == 320, path
