"""A class added by the keyboard alone, and a section joined by its link, in a real browser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

AXE = (Path(__file__).parent / "vendor" / "axe-4.14.1.min.js").read_text("utf-8")
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
GOOD = "ФИО;Почта;Группа\nЁлкина Вера;vera{0}@example.org;А\nОрлов Глеб;gleb{0}@example.org;Б"
WRONG = GOOD + "\nБез Почты;;В\n;nameless{0}@example.org;"


def findings(tab: Any) -> list[str]:
    """What axe finds on the page that is open."""
    tab.evaluate(AXE)
    report = tab.evaluate("rules => axe.run(document, rules)", RULES)
    assert len(report["passes"]) > 10  # it did look
    return [f"{one['id']}: {node['html'][:200]}" for one in report["violations"] for node in one["nodes"]]


def tab_to(page: Any, words: str, *, most: int = 80) -> None:
    """Press Tab until what has the focus says these words (its text, its label, or what describes it)."""
    says = """() => { const here = document.activeElement;
        const labels = [...(here.labels || [])].map(one => one.textContent);
        return [here.textContent, here.getAttribute('aria-label'), ...labels].join(' '); }"""
    for _ in range(most):
        page.keyboard.press("Tab")
        if words in page.evaluate(says):
            return
    pytest.fail(f"No Tab stop says {words!r}.")


def test_a_class_is_added_by_the_keyboard_alone(states, open_as):
    tab = open_as("vera", "en")
    tab.goto(f"{states.url}/courses/zoo/people/")
    tab_to(tab, "Add people")
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/add/")
    tab_to(tab, "the list itself")
    tab.keyboard.insert_text(WRONG.format("k"))
    tab_to(tab, "Show what would happen")
    tab.keyboard.press("Enter")
    tab.wait_for_selector("[role=alert]")
    assert tab.evaluate("document.activeElement.getAttribute('role')") == "alert"
    assert "2 rows have problems" in tab.inner_text("[role=alert]")
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.textContent") == "Line 4"

    tab_to(tab, "the list itself")
    tab.keyboard.press("Control+A")
    tab.keyboard.insert_text(GOOD.format("k"))
    tab_to(tab, "Read again")
    tab.keyboard.press("Enter")
    tab.wait_for_selector("main [role=status].is-good")
    tab_to(tab, "Add them")
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/people/")

    assert "Done: 2 new accounts." in tab.inner_text("main")
    assert "Ёлкина Вера" in tab.inner_text("table")


def test_without_javascript_a_class_is_added_just_the_same(states, open_as):
    tab = open_as("vera", "en", java_script_enabled=False)
    tab.goto(f"{states.url}/courses/zoo/people/add/")
    tab.fill("#text", GOOD.format("n"))
    tab.click("button[value=read]")
    tab.click("button[value=add]")

    assert "2 new accounts" in tab.inner_text("main")


def test_a_student_joins_a_section_by_its_link(states, open_as, browser):
    teacher = open_as("vera", "en")
    teacher.goto(f"{states.url}/courses/zoo/people/sections/")
    teacher.fill("#new-name", "Evening group")
    teacher.get_by_role("button", name="Add", exact=True).click()
    card = teacher.locator("section.card", has_text="Evening group")
    card.get_by_role("button", name="Open a join link").click()
    link = card.get_by_label("Join link").input_value()

    stranger = open_as(None, "en", bypass_csp=True)
    stranger.goto(link)
    assert findings(stranger) == []
    stranger.get_by_role("link", name="I have an account: log in and join").click()
    stranger.fill("#id_username", "nobody")
    stranger.fill("#id_password", states.password)
    stranger.get_by_role("button", name="Log in").click()
    assert stranger.url == link
    assert findings(stranger) == []
    stranger.get_by_role("button", name="Join").click()
    assert "You are in: Evening group." in stranger.inner_text("main")

    teacher.goto(f"{states.url}/courses/zoo/people/?q=nobody")
    assert "Evening group" in teacher.inner_text("table")


def test_somebody_new_is_told_to_look_into_their_mail(states, open_as):
    teacher = open_as("vera", "en")
    teacher.goto(f"{states.url}/courses/zoo/people/sections/")
    teacher.fill("#new-name", "Morning group")
    teacher.get_by_role("button", name="Add", exact=True).click()
    card = teacher.locator("section.card", has_text="Morning group")
    card.get_by_role("button", name="Open a join link").click()
    link = card.get_by_label("Join link").input_value()
    new = open_as(None, "ru", bypass_csp=True)
    new.goto(link)
    new.fill("#id_last_name", "<b>Новая")
    new.fill("#id_first_name", "Анна")
    new.fill("#id_email", "anna.new@example.org")
    new.get_by_role("button", name="Прислать письмо, чтобы задать пароль").click()

    assert "anna.new@example.org" in new.inner_text("[role=status]:not([hidden])")
    assert findings(new) == []

    new.goto(f"{link[:-3]}/")
    assert "Эта ссылка не работает" in new.inner_text("h1")
