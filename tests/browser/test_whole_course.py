"""Every task of DL-2, done in the browser by a student, in both languages: full points.

Units of questions are answered at once: every time each is done here in one of the languages. All of them in both, and the
homeworks, which train, are done by `./dev test tests/browser -m "whole or not whole"`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from assignments.package import load_course
from assignments.package.values import AssignmentPackage
from tests.browser.test_path import log_in
from tests.browser.whole_course import hand_in, right_answers
from tests.plugins.running_site import RunningSite

DL2 = load_course(Path(__file__).parents[2] / "assignments/courses/dl2")
AT_ONCE = [package for package in DL2.assignments if not package.needs_worker]
BY_WORKER = [package for package in DL2.assignments if package.needs_worker]


def full_points(site: RunningSite, browser: Browser, package: AssignmentPackage, language: str) -> None:
    tab = browser.new_context().new_page()
    log_in(tab, site, {"ru": "student", "en": "classmate"}[language], language)

    hand_in(tab, site.url, package, right_answers(package))

    assert tab.get_attribute("html", "lang") == language
    assert float(tab.inner_text(".score b").replace(",", ".")) == package.max_score, tab.inner_text("main")
    assert tab.locator(".verdict.is-passed").count() == len(package.tasks), tab.inner_text("main")
    tab.context.close()


def slug(package: AssignmentPackage) -> str:
    return package.slug


def in_turn() -> list[Any]:
    """Each unit in one language as a matter of course, in the other by the way."""
    return [
        pytest.param(package, language, id=f"{package.slug}-{language}", marks=[pytest.mark.whole] if (at + turn) % 2 else [])
        for at, package in enumerate(AT_ONCE)
        for turn, language in enumerate(("ru", "en"))
    ]


@pytest.mark.parametrize(("package", "language"), in_turn())
def test_a_unit_of_questions_is_answered_at_once(
    running_site: RunningSite, browser: Browser, package: AssignmentPackage, language: str
) -> None:
    full_points(running_site, browser, package, language)


@pytest.mark.whole
@pytest.mark.timeout(1500)
@pytest.mark.parametrize("language", ["ru", "en"])
@pytest.mark.parametrize("package", BY_WORKER, ids=slug)
def test_a_homework_is_handed_in_and_earns_everything(
    running_site: RunningSite, browser: Browser, package: AssignmentPackage, language: str
) -> None:
    full_points(running_site, browser, package, language)


def test_every_wrong_option_has_a_hint_on_the_page(running_site: RunningSite, browser: Browser) -> None:
    """One that earns nothing says why, in words of the package, on the page that the student sees."""
    tab = browser.new_context().new_page()
    log_in(tab, running_site, "classmate2", "ru")
    package = next(package for package in AT_ONCE if package.slug == "3")
    wrong: dict[str, Any] = {"3.1": "global_minimum", "3.2": ["curved"]}

    hand_in(tab, running_site.url, package, wrong)

    shown = tab.inner_text("main")
    for task, code in (("3.1", "about_minimum"), ("3.2", "about_border")):
        messages = next(one for one in package.tasks if one.id == task).messages
        assert messages[code]["ru"] in shown
    tab.context.close()
