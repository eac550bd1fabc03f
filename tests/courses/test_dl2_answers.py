"""Every question of DL-2 that is answered by typing, through `manage.py answer`, in both languages.

What is right earns full points; what is wrong is told the hint that was written for it, in the reader's language.
"""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from typing import Any

import pytest
from django.core.management import call_command

from assignments.package.values import Task
from grader.catalogue import render
from tests.courses.test_dl2 import TASKS

LANGUAGES = ("ru", "en")
RIGHT = {  # as a student types them, by language
    "2.1": ("smooth",),
    "3.1": ("separate",),
    "3.2": ("vanishes", "only_linear"),
    "5.1": ("inputs", "weights", "error"),
    "6.2": ("minima",),
    "9.1": ("outputs", "loss", "activation"),
    "10.1": ("activations",),
    "14.1": ("in_fit",),
    "16.2": ("worse",),
}
TYPED = {
    "4.1": {
        "ru": [
            "Веса связей между входными нейронами и слоем Z=обучаемый; Количество нейронов в слое Z=гиперпараметр; "
            "Функция активации в слое Z=гиперпараметр; Веса связей между слоем Z и слоем H=обучаемый"
        ],
        "en": [
            "Weights of the connections between the input neurons and layer Z=trainable; "
            "Number of neurons in layer Z=hyperparameter; Activation function of layer Z=hyperparameter; "
            "Weights of the connections between layer Z and layer H=trainable"
        ],
    },
    "6.1": {"ru": ["3", "3 нейрона"], "en": ["3", "3 neurons"]},
    "7.1": {"ru": ["да, нет, да, нет", "Да; нет; да; нет", "да,нет,да,нет"], "en": ["yes, no, yes, no", "Yes; No; Yes; No"]},
    "8.1": {"ru": ["6", "6 слагаемых"], "en": ["6", "6 terms"]},
    "16.1": {
        "ru": ["> 500", "600", "больше 500", "650 точек", "более 500", "1 000"],
        "en": ["> 500", "600", "more than 500", "650 points", "1000"],
    },
}
WRONG = {  # a number or a sequence: its hint
    "6.1": {"4": "one_fewer", "5": "fewer", "8": "fewer", "2": "too_few", "1": "one_line", "0": "one_line"},
    "7.1": {
        "no, no, yes, no": "about_sine",
        "да, да, да, нет": "about_powers",
        "yes, no, no, no": "about_exponent",
        "да, нет, да, да": "about_sum",
        "no, yes, no, yes": "about_sine",
    },
    "8.1": {"5": "added", "7": "vertices", "11": "edges", "12": "counted_twice", "3": "one_layer", "2": "one_layer",
            "8": "power", "9": "power", "4": "layers", "1": "one_path"},
    "16.1": {"500": "not_enough", "400": "not_enough", ">= 500": "not_enough", "100": "hundred", "95": "share", "2": "share",
             "2 %": "share", "0.95": "share", "0,95": "share", "95 %": "share", "0,02": "share"},
    "4.1": {
        "weights_in_z=hyper; neurons_z=hyper; activation_z=hyper; weights_z_h=trained": "about_weights",
        "weights_in_z=trained; neurons_z=trained; activation_z=hyper; weights_z_h=trained": "about_choices",
        "weights_in_z=trained; neurons_z=hyper; activation_z=trained; weights_z_h=trained": "about_choices",
        "weights_in_z=trained; neurons_z=hyper; activation_z=hyper; weights_z_h=hyper": "about_weights",
    },
}  # fmt: skip


@dataclass(frozen=True)
class Said:
    """What the command says of one answer."""

    status: str
    code: str
    message: str


def answered(task_id: str, answers: list[str], lang: str) -> list[Said]:
    package, _ = TASKS[task_id]
    out = io.StringIO()
    argv = ["answer", "--assignment", f"dl2/{package.slug}", "--task", task_id, "--lang", lang, "--json", *answers]
    call_command(*argv, stdout=out)
    rows: list[dict[str, Any]] = json.loads(out.getvalue())
    assert [row["answer"] for row in rows] == answers
    return [Said(row["status"], row["code"], row["message"]) for row in rows]


def texts(task: Task, ids: tuple[str, ...], lang: str) -> str:
    return "; ".join(option.text[lang] for wanted in ids for option in task.widget.options if option.id == wanted)


def hint_of(task: Task, code: str, lang: str) -> str:
    return render(code, {}, lang, extra=task.messages)


def hints_of(task: Task) -> dict[str, str]:
    (spec,) = task.spec.checks
    return dict(spec.params.hints)


def test_every_question_without_a_notebook_is_here():
    here = {task_id for task_id, (_, task) in TASKS.items() if not task.needs_notebook and task.widget.kind != "expression"}

    assert here == set(RIGHT) | set(TYPED)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("task_id", sorted(RIGHT))
def test_the_right_options_earn_full_points_in_either_language(task_id, lang):
    _, task = TASKS[task_id]
    by_text, by_id = texts(task, RIGHT[task_id], lang), ";".join(RIGHT[task_id])

    assert {said.status for said in answered(task_id, [by_text, by_id, by_text.upper()], lang)} == {"passed"}


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("task_id", sorted(TYPED))
def test_the_right_answer_earns_full_points_however_it_is_typed(task_id, lang):
    assert {said.status for said in answered(task_id, TYPED[task_id][lang], lang)} == {"passed"}


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("task_id", sorted(RIGHT))
def test_each_wrong_option_is_told_its_own_hint(task_id, lang):
    """In a choice alone, in several choices beside the right ones, where it costs points."""
    _, task = TASKS[task_id]
    several = task.widget.kind == "choices"
    wrong = [option for option in task.widget.options if option.id not in RIGHT[task_id]]
    assert len(wrong) >= 2

    typed = [texts(task, (*RIGHT[task_id], one.id) if several else (one.id,), lang) for one in wrong]
    for one, said in zip(wrong, answered(task_id, typed, lang), strict=True):
        assert said.status == ("partial" if several else "failed")
        assert said.message.endswith(hint_of(task, hints_of(task)[one.id], lang)), one.id


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("task_id", sorted(WRONG))
def test_each_usual_slip_is_told_its_own_hint(task_id, lang):
    _, task = TASKS[task_id]

    for slip, said in zip(WRONG[task_id].items(), answered(task_id, list(WRONG[task_id]), lang), strict=True):
        assert said.status in ("failed", "partial")
        assert said.message.endswith(hint_of(task, slip[1], lang)), slip


@pytest.mark.parametrize("task_id", sorted(RIGHT))
def test_choosing_everything_earns_nothing(task_id):
    _, task = TASKS[task_id]
    every = ";".join(option.id for option in task.widget.options)

    (said,) = answered(task_id, [every], "en")

    assert said.status == "failed"


@pytest.mark.parametrize("task_id", sorted({*RIGHT, "4.1", "7.1"}))
def test_what_is_no_option_goes_to_a_person(task_id):
    (said,) = answered(task_id, ["по-моему, тут всё сложнее"], "ru")

    assert said.status == "review"


def test_no_two_hints_of_a_task_are_the_same_and_none_is_missing_a_language():
    for task_id in {*RIGHT, *TYPED}:
        for lang in LANGUAGES:
            sentences = [text[lang] for text in TASKS[task_id][1].messages.values()]
            assert len(set(sentences)) == len(sentences) > 0
