"""Pages that only a form leads to: what would happen before it does, and every kind of "not yet". Each begins on a page of
`pages.py`, by whose name it is listed, and is reached with the mouse alone, with JavaScript or without.

None of them changes the class: each stops before the last word, is refused, or says what it says a second time. (A secret
is another each time; nobody looks for the one before.)
"""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, Response

from tests.browser.site_of_states import Page as Listed

Step = Callable[[Page], "Response | None"]
PEOPLE = "ФИО;Почта;Группа\nЁлкина Вера;vera.new@example.org;А\nОрлов Глеб;gleb.new@example.org;Б"
GRADES = "username;assignment;score\nseed0001;13;{}"


def press(tab: Page, selector: str) -> Response | None:
    """Click what sends a form, and wait for the page that answers."""
    with tab.expect_navigation() as sent:
        tab.locator(selector).first.click()
    return sent.value


def filled(button: str, **fields: str) -> Step:
    """A step: these fields (by their ids) are filled, this button is pressed."""

    def step(tab: Page) -> Response | None:
        for field, value in fields.items():
            tab.fill(f"#{field}", value)
        return press(tab, button)

    return step


def sent_file(button: str, **fields: str) -> Step:
    """A step: what is no zip is chosen as a course's folder."""
    fill = filled(button, **fields)

    def step(tab: Page) -> Response | None:
        tab.set_input_files("#package", files={"name": "course.zip", "mimeType": "", "buffer": b"not a zip"})
        return fill(tab)

    return step


def overtaken(button: str, **fields: str) -> Step:
    """A step: the form says that it was opened before anything happened, as if somebody had been faster since."""
    fill = filled(button, **fields)

    def step(tab: Page) -> Response | None:
        form = tab.locator(button).locator("xpath=ancestor::form")
        form.locator("input[name=seen]").evaluate("one => { one.value = one.value.replace(/[0-9]/, '0'); }")
        return fill(tab)

    return step


def after(first: Step, second: Step) -> Step:
    def step(tab: Page) -> Response | None:
        first(tab)
        return second(tab)

    return step


def refuse(tab: Page) -> Response | None:
    """Hand in something that can't be taken."""
    for box in tab.locator("#answer-1-2 input:checked").all():
        box.uncheck()
    tab.set_input_files("#notebook", files={"name": "фото.ipynb", "mimeType": "", "buffer": b"not a notebook"})
    return press(tab, "#form > .row > .button")


def ask_back(tab: Page) -> Response | None:
    """Hand in what may be meant otherwise: is "1,000" one or a thousand?"""
    press(tab, "main > p.row > a.button")  # from an earlier result to the assignment
    tab.check("#answer-1-1-smooth")
    tab.check("#answer-1-2-weights")
    for row in ("chain", "graph"):
        tab.select_option(f"#answer-1-3-{row}", "derivative")
    tab.fill("#answer-1-4", "1,000")
    return press(tab, "#form > .row > .button")


def tick_one(button: str) -> Step:
    def step(tab: Page) -> Response | None:
        tab.locator("tbody input[type=checkbox]").first.check()
        return press(tab, button)

    return step


LOGGED = "main form button"
EXTENSION = tick_one("button[value=extension]")
FORESEEN = filled("form.medium .button", attempts="4")
# The name of each, the page that it begins on, and what is done there.
STEPS: dict[str, tuple[str, Step]] = {
    "assignment-refused": ("assignment", refuse),
    "assignment-asked": ("result-full", ask_back),
    "login-wrong": ("login", filled(LOGGED, id_username="nobody.such", id_password="a guess")),
    "join-wrong": ("join-stranger", filled(LOGGED, id_email="no address")),
    "password-forgotten-wrong": ("password-forgotten", filled(LOGGED, id_email="no address")),
    "password-set-wrong": ("password-set", filled(LOGGED, id_new_password1="one of them", id_new_password2="another")),
    "password-change-wrong": ("password-change", filled(LOGGED, id_old_password="a guess", id_new_password1="short")),
    "people-add-ready": ("people-add", filled("button[value=read]", text=PEOPLE)),
    "people-add-wrong": ("people-add", filled("button[value=read]", text=f"{PEOPLE}\nБез Почты;;В\n;nameless@example.org;")),
    "people-invited": ("people", tick_one("button[value=invite]")),
    "sections-wrong": ("sections", filled("form:has(#new-name) button", **{"new-name": " "})),
    "bulk-extension": ("gradebook", EXTENSION),
    "bulk-extension-wrong": ("gradebook", after(EXTENSION, filled(".card .button", more="many"))),
    "bulk-regrade": ("gradebook", tick_one("button[value=regrade]")),
    "extensions-wrong": ("class-extensions", filled("button[value=give]", more="many")),
    "import-ready": ("class-import", filled(LOGGED, pasted=GRADES.format("3,5"))),
    "import-wrong": ("class-import", filled(LOGGED, pasted=GRADES.format("99"))),
    "import-no-table": ("class-import", filled(LOGGED, pasted="what is this?")),
    "policy-foreseen": ("policy", FORESEEN),
    "policy-wrong": ("policy", filled("form.medium .button", attempts="many", minutes="a few")),
    "policy-overtaken": ("policy", after(FORESEEN, overtaken("form:has([name=sure]) .button"))),
    "detail-wrong": ("detail", filled("aside button[value=stay]", score="99")),
    "detail-overtaken": ("detail", overtaken("aside button[value=stay]", score="3", why="A rounding")),
    "cell-wrong": ("class-cell", filled("button[value=set]", **{"panel-score": "99", "panel-reason": "A rounding"})),
    "review-wrong": ("class-review", filled("button[value=stay]")),
    "regrade-wrong": ("regrade-form", filled("form[method=post] .button[data-busy]", students="nobody.such", reason="Once more")),
    "course-new-wrong": ("course-new", sent_file(LOGGED, slug="new-one")),
    "upload-wrong": ("course-files", sent_file(LOGGED)),
    "endpoint-add-wrong": ("endpoints", filled("form:has(#course) .button", url="https://lms.example.org:22/")),
    "endpoint-change-wrong": ("endpoint", filled("form:has(#name) .button", url="ftp://lms.example.org/")),
    "endpoint-secret": ("endpoint-paused", filled("button[value=rotate]")),
    "try-wrong": ("try", filled("main form .button[data-busy]")),
}


def reach(tab: Page, page: Listed, url: str) -> Response | None:
    """Open a page of the list: by its address, and on by what is done there."""
    response = tab.goto(url + page.path)
    return STEPS[page.name][1](tab) if page.name in STEPS else response
