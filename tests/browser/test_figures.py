"""Figures as a browser shows them: they load under the page's policy, shrink on a phone, and act on nobody."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests.browser.test_path import log_in
from tests.plugins.running_site import RunningSite

SHOWN = "[...document.querySelectorAll('.prose img')].map(image => [image.naturalWidth, image.clientWidth])"


@pytest.mark.parametrize(("language", "width"), [("ru", 1280), ("en", 320)])
def test_every_figure_of_the_course_is_drawn_and_fits(
    running_site: RunningSite, browser: Browser, language: str, width: int
) -> None:
    tab = browser.new_context(viewport={"width": width, "height": 800}).new_page()
    complaints: list[str] = []
    tab.on("console", lambda message: complaints.append(message.text))
    log_in(tab, running_site, "student", language)

    for slug, figures in {"2": 2, "3": 1, "4": 1, "8": 1, "9": 1}.items():
        tab.goto(f"{running_site.url}/courses/dl2/{slug}/", wait_until="networkidle")
        drawn = tab.evaluate(SHOWN)
        assert len(drawn) == figures
        assert all(0 < fits <= min(natural, width) for natural, fits in drawn), drawn
        assert tab.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    assert complaints == []
    tab.context.close()


def test_a_figure_opened_by_itself_is_drawn_without_a_complaint(running_site: RunningSite, browser: Browser) -> None:
    tab = browser.new_context().new_page()
    complaints: list[str] = []
    tab.on("console", lambda message: complaints.append(message.text))
    log_in(tab, running_site, "student", "ru")

    tab.goto(f"{running_site.url}/courses/dl2/9/figures/neuron.svg")

    assert tab.evaluate("document.documentElement.tagName") == "svg"
    assert tab.evaluate("getComputedStyle(document.querySelector('.node')).strokeWidth") == "1.5px"
    assert complaints == []
    tab.context.close()
