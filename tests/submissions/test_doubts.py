"""Doubts about a notebook before an attempt is spent: raised where something is odd, and not about honest work."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
import yaml

from assignments.package import load_assignment
from grader.submissions.doubts import Doubt, doubts_of
from grader.submissions.errors import Refused
from grader.submissions.preflight import LIMIT_MB, Notebook, preflight

ROOT = Path(__file__).resolve().parents[2]
DL2 = ROOT / "assignments" / "courses" / "dl2"
PACKAGES = {path.parent.name: load_assignment(path.parent, "dl2") for path in sorted(DL2.glob("*/starter.ipynb"))}
TENSORS = "t1 = torch.ones(4, 4)\nt2 = t1 + 1"


def given(slug: str, name: str = "reference.ipynb") -> Notebook:
    return preflight((DL2 / slug / name).read_bytes())


def doubts(*cells: str, slug: str = "15") -> tuple[Doubt, ...]:
    return doubts_of(Notebook(cells), PACKAGES[slug], PACKAGES.values())


def codes(found) -> list[str]:
    return [doubt.code for doubt in found]


@pytest.mark.parametrize("slug", sorted(PACKAGES))
def test_the_reference_of_a_homework_gives_no_cause(slug):
    assert doubts_of(given(slug), PACKAGES[slug], PACKAGES.values()) == ()


def test_of_the_golden_notebooks_that_earn_all_points_hardly_one_gives_cause():
    full, doubted = 0, []
    for path in sorted((ROOT / "tests" / "golden").glob("*/expect.yaml")):
        expected = yaml.safe_load(path.read_text("utf-8"))
        package = PACKAGES.get(expected["assignment"].partition("/")[2])
        if package is None or expected.get("score") != package.max_score:
            continue
        full += 1
        try:
            found = doubts_of(preflight((path.parent / "notebook.ipynb").read_bytes()), package, PACKAGES.values())
        except (Refused, FileNotFoundError):
            continue
        if found:
            doubted.append((path.parent.name, codes(found)))

    assert full > 40
    assert len(doubted) <= full / 10, doubted


@pytest.mark.parametrize("slug", sorted(PACKAGES))
def test_the_starter_itself_is_told_so_with_the_cells_that_wait(slug):
    (found,) = doubts_of(given(slug, "starter.ipynb"), PACKAGES[slug], PACKAGES.values())

    assert found.code == "untouched"
    assert found.cells


@pytest.mark.parametrize(("sent", "asked"), [("13", "18"), ("18", "13"), ("18", "15"), ("13", "16")])
def test_another_homework_is_called_by_its_title(sent, asked):
    found = [doubt for doubt in doubts_of(given(sent), PACKAGES[asked], PACKAGES.values()) if doubt.code == "other_homework"]

    assert [doubt.values for doubt in found] == [dict(PACKAGES[sent].title)]


def test_names_that_the_checks_need_are_looked_for_in_the_code():
    assert doubts(TENSORS) == ()
    assert doubts("t1 = torch.ones(4, 4)") == (Doubt("missing_names", values={"names": "t2"}),)
    assert doubts("my_t1 = t11 = 1") == (Doubt("missing_names", values={"names": "t1, t2"}),)


def test_a_notebook_without_training_is_asked_about_where_models_are_judged():
    assert codes(doubts("x = 1", slug="13")) == ["nothing_trained"]
    assert doubts("model.fit(x, y)", slug="13") == ()


@pytest.mark.parametrize("line", ["drive.mount('/content/drive')", "files.upload()", "x = load('/content/drive/MyDrive/a.csv')"])
def test_files_of_a_google_account_are_named_with_their_cells(line):
    assert doubts(TENSORS, line, "# " + line) == (Doubt("colab_files", (2,)),)


def test_cells_that_stand_there_twice_are_named_and_short_ones_are_not():
    long = "for step in range(10):\n    loss = train(step)\n    print(step, loss)\n    losses.append(loss)"

    assert doubts(TENSORS, long, "x", long) == (Doubt("repeated", (2, 4)),)
    assert doubts(TENSORS, "print(x)", "print(x)", "", "") == ()


def test_the_largest_notebook_is_looked_over_in_a_fraction_of_five_seconds():
    cell = "drive.mount(\n" * 200 + "t1 = t2\n" * 200
    notebook = Notebook(tuple(f"{cell}{at}" for at in range(LIMIT_MB * 2**20 // len(cell))))

    started = time.perf_counter()
    found = doubts_of(notebook, PACKAGES["15"], PACKAGES.values())

    assert time.perf_counter() - started < 2.5
    assert codes(found) == ["colab_files"]
