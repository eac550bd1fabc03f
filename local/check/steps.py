"""The steps of the check, each with a name that is said when it fails."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

from local.check.receiver import Receiver
from local.check.sample import Sample
from local.check.visitor import Page, Visitor
from local.say import Step, Trouble, line

T = TypeVar("T")
GRADED_WITHIN_S = 600.0
TOLD_WITHIN_S = 60.0
_SCORE = re.compile(r'class="score"><b>([\d.,\s\u00a0]+)</b>\s*<span>\D*([\d.,]+)')


class Failed(Trouble):
    """A step of the check did not come to its end."""


@contextmanager
def named(name: str) -> Iterator[Step]:
    """A step; any trouble in it is told with its name."""
    try:
        with Step(name) as step:
            yield step
    except Failed:
        raise
    except Exception as problem:
        raise Failed(f"The check failed at: {name}\n{type(problem).__name__}: {problem}") from problem


def hand_in(student: Visitor, sample: Sample) -> Page:
    """Open the assignment, fill the form in, send it. Returns the page that came of it."""
    with named(f"The student hands in {sample.course}/{sample.slug} ({sample.notebook.name})"):
        form = student.get(f"/courses/{sample.course}/{sample.slug}/")
        page = student.send(form, sample.fields, {"notebook": (sample.notebook.name, sample.notebook.read_bytes())})
        if page.status == 422 or not re.search(r"/(submissions|results)/", page.url.path):
            raise Trouble(f"The form came back: {_alert(page)}")
    return page


def wait_for_result(student: Visitor, page: Page) -> tuple[Page, Decimal, Decimal]:
    """Reload the live page until it has become the result page; the score and the most there is."""
    with named("Grading in the sandbox") as step:
        deadline = time.monotonic() + GRADED_WITHIN_S
        while not page.url.path.startswith("/results/"):
            if time.monotonic() > deadline:
                raise Trouble(f"Not graded within {GRADED_WITHIN_S:.0f} s. The page says: {_heading(page)}")
            time.sleep(1)
            page = student.get(page.url.path)
            step.tick(_heading(page))
        score = read_score(page)
        if score is None:
            raise Trouble(f"{page.url} shows no score. It says: {_heading(page)}")
    return page, *score


def look_into_gradebook(teacher: Visitor, sample: Sample, student: str, score: Decimal) -> None:
    """The teacher finds the score in the student's row, under the assignment."""
    with named("The teacher's gradebook shows it"):
        page = teacher.get(f"/courses/{sample.course}/gradebook/?name={student}")
        shown = read_cell(page.text, sample.slug)
        if shown != score:
            raise Trouble(f"{page.url} shows {shown} where {student} has {score}.")


def read_cell(html: str, slug: str) -> Decimal | None:
    """The score in the column of assignment `slug`, of a gradebook narrowed to one student; None where there is none."""
    rows = re.findall(r"<tr><th scope=row>.*", html)
    if len(rows) != 1:
        raise Trouble(f"The gradebook shows {len(rows)} rows for this student.")
    found = re.search(rf"<a href=\w+/{re.escape(slug)}>(?:[^\w<] )?([\d.,\s\u00a0]+)", rows[0])  # a sign may stand first
    return number(found[1]) if found else None


def wait_for_webhook(receiver: Receiver, score: Decimal, max_score: Decimal) -> None:
    """A signed `grade.changed` with the same score arrives."""
    with named("A signed webhook tells it") as step:
        found = _until(lambda: receiver.find(lambda message: _tells(message, score, max_score)), step, TOLD_WITHIN_S)
        if found is None:
            refused = f" {len(receiver.refused)} came with a wrong signature: {receiver.refused[-1]}" if receiver.refused else ""
            raise Trouble(f"No grade.changed with {score} of {max_score} came within {TOLD_WITHIN_S:.0f} s.{refused}")


def read_score(page: Page) -> tuple[Decimal, Decimal] | None:
    """Score and maximum as the result page shows them, in either language's spelling."""
    found = _SCORE.search(page.text)
    return (number(found[1]), number(found[2])) if found else None


def number(text: str) -> Decimal:
    """`8,5` and `8.5` are the same number."""
    return Decimal(re.sub(r"[\s\u00a0\u202f]", "", text).replace(",", ".").rstrip("."))


def log_tail(home: Path, lines: int = 20) -> str:
    """The end of what web and worker wrote, for whoever has to find out."""
    rows = []
    for name in ("web", "worker", "duties"):
        log = home / "logs" / f"{name}.log"
        if log.exists():
            rows.append(f"\n{log.name}:")
            rows += [f"  | {row}" for row in log.read_text(errors="replace").splitlines()[-lines:]]
    return "\n".join(rows)


def saw(text: str) -> None:
    """What was seen, for the person who ran the check."""
    line(f"  {text}")


def _tells(message: dict[str, object], score: Decimal, max_score: Decimal) -> bool:
    data = message.get("data")
    if message.get("type") != "grade.changed" or not isinstance(data, dict):
        return False
    return (Decimal(str(data.get("score"))), Decimal(str(data.get("max_score")))) == (score, max_score)


def _until(question: Callable[[], T | None], step: Step, within_s: float) -> T | None:
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        if (answer := question()) is not None:
            return answer
        step.tick()
        time.sleep(0.3)
    return None


def _heading(page: Page) -> str:
    found = re.findall(r"<h[12][^>]*>(.*?)</h[12]>", page.text, re.DOTALL)
    return " · ".join(re.sub(r"<[^>]+>|\s+", " ", text).strip() for text in found[:2])


def _alert(page: Page) -> str:
    found = re.search(r'role="alert".*?</div>', page.text, re.DOTALL)
    return re.sub(r"<[^>]+>|\s+", " ", found[0] if found else page.text[:600]).strip()
