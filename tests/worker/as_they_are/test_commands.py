"""`!commands` and magics."""

from __future__ import annotations

import pytest

from tests.worker.as_they_are.notebooks import CLOTHES, Graded, notes, printed
from tests.worker.makers import RIGHT, SUMS


def test_installing_what_is_here_is_skipped_and_said(graded: Graded) -> None:
    result = graded("!pip install -q seaborn==0.11", "import seaborn")

    assert result.run.status == "ok"
    assert len(notes(result)) == 1
    assert notes(result)[0].startswith("`!pip install seaborn` was skipped: seaborn 0.")
    assert notes(result, "ru")[0].endswith("уже установлено.")


@pytest.mark.parametrize(
    "cell",
    ["!pip install keras-tuner", "%pip install -U keras-tuner", "import sys\n!{sys.executable} -m pip install keras-tuner==1.4",
     "!pip3 -q install 'keras-tuner>=1'", "%%bash\npip install keras-tuner"],
)  # fmt: skip
def test_installing_what_is_not_here_is_said_however_it_is_written(graded_once: Graded, cell: str) -> None:
    result = graded_once(cell)

    assert result.run.status == "ok"
    assert "nothing can be installed during grading, and keras-tuner is not available" in notes(result)[0]


def test_what_needs_the_internet_is_left_out_of_a_line_and_the_rest_runs(graded: Graded) -> None:
    result = graded("!mkdir d; wget -q https://me:word@example.org/a/data.zip?key=1 && unzip data.zip; ls -d d", "%cd d")

    assert result.run.status == "ok"
    assert notes(result) == ["`!wget -q …/data.zip` was skipped: there is no internet access during grading."]
    assert "\nd\n" in printed(result).replace("\r", "")


def test_commands_that_can_run_do_with_the_notebook_s_variables(graded: Graded) -> None:
    result = graded("name = 'a.txt'", "!echo seven > {name}\nlines = !cat $name\nprint(lines)", "!false\nprint(_exit_code)")

    assert result.run.status == "ok"
    assert "['seven']" in printed(result)
    assert notes(result) == []


def test_a_script_of_the_shell_runs_and_its_failure_is_no_error(graded_once: Graded) -> None:
    result = graded_once("i = 'python'", '%%bash\nfor i in 1 2; do echo "n$i"; done\nexit 3')

    assert result.run.status == "ok"
    assert "n1" in printed(result) and "n2" in printed(result)


def test_a_graphics_card_that_is_asked_for_with_a_command_is_not_there(graded_once: Graded) -> None:
    result = graded_once("!nvidia-smi", "found = !nvidia-smi -L\nassert list(found) == []")

    assert result.run.status == "ok"
    assert notes(result)[0] == "`!nvidia-smi` was skipped: the notebook runs on a CPU."


def test_files_of_fashion_mnist_that_are_fetched_by_name_are_served(graded_once: Graded) -> None:
    address = "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/t10k-labels-idx1-ubyte.gz"
    look = "import gzip\nassert len(gzip.open('data/t10k-labels-idx1-ubyte.gz').read()) == 10008"

    result = graded_once(f"!wget -P data {address}", look, package=CLOTHES)

    assert result.run.status == "ok", result.run
    assert notes(result)[0].startswith("t10k-labels-idx1-ubyte.gz: taken from the grader's copy")


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("%tensorflow_version 2.x\na = 1", "`%tensorflow_version 2.x` was skipped"),
        ("%load_ext tensorboard\na = 1", "`%load_ext tensorboard` was skipped"),
        ("%tensorboard --logdir logs\na = 1", "`%tensorboard --logdir logs` was skipped"),
        ("%%wandb\na = 1", "`%%wandb` was skipped"),
        ("%matplotlib notebook\na = 1", "`%matplotlib notebook`: plots were drawn as ordinary pictures"),
    ],
)
def test_a_magic_that_is_not_here_is_skipped_and_the_rest_of_the_cell_runs(graded_once: Graded, cell: str, said: str) -> None:
    result = graded_once(cell, "assert a == 1")

    assert result.run.status == "ok"
    assert [note for note in notes(result) if note.startswith(said)]


@pytest.mark.parametrize("magic", ["%%time", "%%capture", "%%timeit -n1 -r1\npass", "%matplotlib inline", "%load_ext autoreload"])
def test_an_ordinary_magic_does_what_it_does_everywhere(graded_once: Graded, magic: str) -> None:
    result = graded_once(f"{magic}\nb = 2")

    assert result.run.status == "ok"
    assert notes(result) == []


def test_a_result_shown_under_a_magic_still_counts(graded_once: Graded) -> None:
    result = graded_once(RIGHT[0], f"%%time\n{RIGHT[1]}\nprint(result)", package=SUMS)

    assert result.tasks[0].points == 3.0
