"""Markup of a hostile notebook, file name, answer and person: it changes no page and runs nothing, under the strict policy."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.browser.test_live import hand_in
from tests.browser.test_path import DL2, log_in

RUNS = "window.hit=(window.hit||0)+1"
TAG = f"<img src=x onerror={RUNS}>"
NAME = f'"><script>{RUNS}</script>'
FILE = f"a'\"><img src=x onerror={RUNS}>.ipynb"
PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
MARKDOWN = f"""# Title {TAG}

<script>{RUNS}</script> <svg onload={RUNS}></svg> <iframe src="javascript:{RUNS}"></iframe> <style>body {{display: none}}</style>

[js](javascript:{RUNS}) [data](data:text/html,<script>{RUNS}</script>) ![svg](data:image/svg+xml;base64,PHN2Zz48L3N2Zz4=)
![far](https://attacker.example/track.png) ![attached](attachment:x.svg) <a href="javascript:{RUNS}">raw</a>

<form action="/logout/" method="post"><button>free points</button></form> $x^{{{TAG}}}$ $$\\href{{javascript:{RUNS}}}{{x}}$$
"""
SVG = f"<svg xmlns='http://www.w3.org/2000/svg' onload='{RUNS}'><script>{RUNS}</script></svg>"
DISPLAYED = (
    {"text/html": f"<script>{RUNS}</script>{TAG}<table><tr><td onclick={RUNS}>cell {TAG}</td></tr></table>"},
    {"text/html": f"<iframe srcdoc='<script>{RUNS}</script>'></iframe>"},
    {"image/svg+xml": SVG},
    {"application/javascript": RUNS},
    {"text/latex": f"$$\\href{{javascript:{RUNS}}}{{x}}$$", "text/plain": TAG},
    {"text/markdown": f"[x](javascript:{RUNS}) {TAG}", "text/plain": TAG},
    {"application/vnd.jupyter.widget-view+json": {"model_id": "a", "version_major": 2}},
    {"image/png": PNG},
    {"image/png": f'{PNG[:12]}" onerror="{RUNS}'},
    {"image/jpeg": "javascript:" + RUNS, "text/plain": TAG},
)
CELLS = (
    "from IPython.display import display, Javascript, HTML\n"
    + "\n".join(f"display({data!r}, raw=True)" for data in DISPLAYED)
    + f"\ndisplay(Javascript({RUNS!r}))\ndisplay(HTML({TAG!r}))",
    f"print({TAG!r})\nprint('\\x1b[31m{TAG}\\x1b]8;;javascript:{RUNS}\\x07link\\x1b]8;;\\x07')",
    f"class {'E' * 20}(Exception): pass\nraise {'E' * 20}({TAG!r})",
)
BAD = (
    "main script, main iframe, main object, main embed, main style, [onerror], [onload], [onclick], [srcdoc], "
    "a[href^='javascript:' i], a[href^='data:' i], img[src^='http'], img[src*='svg+xml'], main form[action='/logout/'], "
    "math [href]"
)
WATCH = """
window.seen = [];
document.addEventListener("securitypolicyviolation", (event) => window.seen.push(event.violatedDirective));
"""


def a_hostile_notebook() -> bytes:
    book = json.loads((DL2 / "15" / "reference.ipynb").read_bytes())
    markdown = {"cell_type": "markdown", "metadata": {}, "source": MARKDOWN, "attachments": {"x.svg": {"image/svg+xml": SVG}}}
    code: list[dict[str, Any]] = [
        {"cell_type": "code", "metadata": {}, "source": one, "outputs": [], "execution_count": None} for one in CELLS
    ]
    book["cells"] = [markdown, *book["cells"], *code]
    book["metadata"]["widgets"] = {"application/vnd.jupyter.widget-state+json": {"state": {"a": {"html": TAG}}}}
    book["metadata"]["title"] = TAG
    return json.dumps(book).encode()


@pytest.fixture
def names(running_site):
    """The student's and the assistant's names are markup for as long as the test goes on."""
    change = (
        "from grader.accounts.models import User; User.objects.filter(username__in={}).update(first_name={!r}, last_name={!r})"
    )
    people = ["classmate2", "assistant"]
    running_site.manage("shell", "-c", change.format(people, NAME, TAG))
    yield
    running_site.manage("shell", "-c", change.format(people, "Ivan", "Petrov"))


def looked_at(tab, path: str) -> None:
    """Open a page, open all that is folded on it, and find that nothing of the markup is there or ran."""
    answer = tab.goto(path)
    assert answer is not None
    assert answer.status == 200, path
    tab.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    tab.wait_for_timeout(300)
    found = tab.evaluate("(bad) => [...document.querySelectorAll(bad)].map((one) => one.outerHTML.slice(0, 200))", BAD)
    assert found == [], path
    assert tab.evaluate("[window.hit || 0, ...window.seen]") == [0], path
    assert tab.locator("main").is_visible(), path


@pytest.mark.slow
def test_markup_of_a_notebook_a_file_an_answer_and_a_person_changes_no_page_and_runs_nothing(running_site, browser, names):
    complaints: list[str] = []

    def tab_of(person: str):
        tab = browser.new_context(locale="en").new_page()
        tab.add_init_script(WATCH)
        tab.on("dialog", lambda dialog: complaints.append(dialog.message))
        tab.on("pageerror", lambda problem: complaints.append(str(problem)))
        tab.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        log_in(tab, running_site, person)
        return tab

    mine = tab_of("classmate2")
    mine.goto(f"{running_site.url}/courses/dl2/15/")
    mine.set_input_files("#notebook", files=[{"name": FILE, "mimeType": "", "buffer": a_hostile_notebook()}])
    mine.fill("#answer-15-2", f"t1[2] = {TAG}")
    hand_in(mine)
    mine.wait_for_url(re.compile("/results/sub_"), timeout=180_000)
    assert mine.evaluate("[window.hit || 0, window.seen.length]") == [0, 0]  # nor on the live page before it
    result = mine.url.split("?")[0]
    looked_at(mine, result)
    assert TAG in mine.inner_text("main")  # it is shown, as what it is: text

    looked_at(mine, f"{result}executed/")
    shown = mine.inner_text("main")
    assert TAG in shown
    assert "application/javascript is not shown" in shown
    assert mine.locator("main img[src^='data:image/png']").count() == 1  # the one that is a picture
    for path in ("/", "/courses/dl2/15/"):
        looked_at(mine, running_site.url + path)

    theirs = tab_of("teacher")
    submission = re.search(r"sub_\w+", result)
    assert submission
    pages = (
        f"/results/{submission[0]}/", f"/results/{submission[0]}/executed/", f"/courses/dl2/submissions/{submission[0]}/",
        "/", "/courses/dl2/gradebook/", "/courses/dl2/reviews/", "/courses/dl2/people/", "/courses/dl2/tasks/",
    )  # fmt: skip
    for path in pages:
        looked_at(theirs, running_site.url + path)
    assert complaints == [], running_site.log("web")[-3000:]
    mine.context.close()
    theirs.context.close()
