"""Somebody new comes in by a section's link, on the whole running site: the letter is sent by the real worker and read as people
read it in development.
"""

from __future__ import annotations

import re

from tests.browser.test_path import log_in
from tests.plugins.running_site import wait_for

PASSWORD = "a long one of my own"


def letter_to(tab, site, email: str) -> str | None:
    """The address of the newest letter to this person, once it was sent."""
    tab.goto(f"{site.url}/dev/mail/")
    row = tab.locator("tbody tr", has_text=email)
    return row.locator("a").first.get_attribute("href") if row.count() else None


def test_a_stranger_follows_the_link_the_letter_sets_a_password_and_is_in_the_section(running_site, browser):
    teacher = browser.new_context().new_page()
    log_in(teacher, running_site, "teacher")
    teacher.goto(f"{running_site.url}/courses/dl2/people/sections/")
    teacher.fill("#new-name", "Evening group")
    teacher.get_by_role("button", name="Add", exact=True).click()
    card = teacher.locator("section.card", has_text="Evening group")
    card.get_by_role("button", name="Open a join link").click()
    link = card.get_by_label("Join link").input_value()

    stranger = browser.new_context(locale="en").new_page()
    stranger.goto(link)
    stranger.fill("#id_last_name", "Новая")
    stranger.fill("#id_first_name", "Мария")
    stranger.fill("#id_email", "maria@example.org")
    stranger.locator("main form button").last.click()
    stranger.locator("strong", has_text="maria@example.org").wait_for()

    found = wait_for(lambda: letter_to(teacher, running_site, "maria@example.org"), within_s=30, what="The letter")
    teacher.goto(running_site.url + found)
    path = re.search(r"/password/set/\S+", teacher.inner_text(".log"))
    assert path is not None
    stranger.goto(running_site.url + path[0])
    stranger.fill("#id_new_password1", PASSWORD)
    stranger.fill("#id_new_password2", PASSWORD)
    stranger.locator("main form button").click()
    stranger.wait_for_url(link)
    stranger.locator("main form button").click()
    stranger.wait_for_url(f"{running_site.url}/")

    teacher.goto(f"{running_site.url}/courses/dl2/people/?q=maria")
    assert "Evening group" in teacher.inner_text("tbody")
    assert "Новая Мария" in teacher.inner_text("tbody")
    for tab in (teacher, stranger):
        tab.context.close()
