"""The course that comes with the service: what each typed answer of its key is worth, and that texts and keys agree."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import assignments
from assignments.package import load_course, read_answers
from grader.catalogue import render
from grader.checks import judge
from grader.checks.values import Evidence, TaskStatus, TaskVerdict

COURSE = load_course(Path(assignments.__file__).parent / "courses" / "dl2")
PACKAGES = {one.slug: one for one in COURSE.assignments}
TASKS = {task.id: (package, task) for package in COURSE.assignments for task in package.tasks}


def answered(task_id: str, raw: Any) -> TaskVerdict:
    """What a typed answer alone comes to."""
    package, task = TASKS[task_id]
    (result,) = judge([task.spec], Evidence(answers=read_answers(package, {task_id: raw})), typed_only=True)
    return result


KEY = [
    ("2.1", "Сигмоида плавная и непрерывная, что позволяет её дифференцировать верно"),
    ("2.1", "сигмоида плавная и непрерывная, что позволяет ее дифференцировать"),
    ("2.1", "smooth"),
    ("3.1", "Несколько слоёв позволяют разделить данные, которые не делятся одной линией"),
    ("3.2", ["Скрытого слоя как бы не станет", "Модель не сможет работать со сложными данными, не делящимися одной линией"]),
    ("3.2", "Модель не сможет работать со сложными данными, не делящимися одной линией; Скрытого слоя как бы не станет"),
    (
        "4.1",
        "Веса связей между входными нейронами и слоем Z=Обучаемые параметры; Количество нейронов в слое Z=гиперпараметры; "
        "Функция активации в слое Z=гиперпараметры; Веса связей между слоем Z и слоем H=Обучаемые параметры",
    ),
    ("4.1", {"weights_in_z": "trained", "neurons_z": "hyper", "activation_z": "hyper", "weights_z_h": "trained"}),
    ("5.1", ["данные, поступающие на вход", "веса связей между слоями", "ошибка предсказания"]),
    ("5.1", "данные, поступающие на вход; веса связей между слоями; ошибка предсказания"),
    ("6.1", "3"),
    ("6.1", "3 нейрона"),
    ("6.2", "Задача Exclusive OR имеет несколько минимумов"),
    ("7.1", "да, нет, да, нет"),
    ("7.1", "Да; Нет; Да; Нет"),
    ("7.1", ["yes", "no", "yes", "no"]),
    ("8.1", "6"),
    (
        "9.1",
        "Количество выходных нейронов увеличится до 3; Изменится функция потерь (Это будет кроссэнтропия); "
        "Изменится функция активации на выходном слое (Это будет softmax)",
    ),
    ("10.1", "Чтобы рассчитать значения активаций каждого нейрона"),
    ("14.1", "Он есть внутри метода fit() и имплементирован на C++, потому недоступен извне"),
    ("13.1", "0.82"),
    ("13.1", "≥0.82"),
    ("13.1", "83 %"),
    ("13.2", "0,86"),
    ("13.3", "118282"),
    ("13.3", "118 282"),
    ("15.1", "50"),
    ("16.1", "> 500"),
    ("16.1", ">500"),
    ("16.1", "600"),
    ("16.1", "650"),
    ("16.2", "Ухудшилось"),
    ("16.2", "ухудшилось"),
]


@pytest.mark.parametrize(("task_id", "raw"), KEY, ids=lambda one: str(one)[:30])
def test_the_key_of_the_source_passes(task_id, raw):
    assert answered(task_id, raw).status is TaskStatus.PASSED


@pytest.mark.parametrize(
    ("task_id", "raw", "status", "code"),
    [
        ("2.1", "slower", "failed", "choice.wrong"),
        ("2.1", "потому что так принято", "review", "choice.free_text"),
        ("2.1", "smooth; curved", "failed", "choice.several"),
        ("3.1", "one_feature", "failed", "choice.wrong"),
        ("3.2", ["vanishes"], "partial", "choices.incomplete"),
        ("3.2", ["vanishes", "only_linear", "curved", "more", "no_gradient"], "failed", "choices.wrong"),
        ("4.1", {"weights_in_z": "trained", "neurons_z": "trained"}, "partial", "matching.rows"),
        ("13.1", "0.75", "failed", "typed_accuracy.too_low"),
        ("13.1", "nan", "failed", "typed_accuracy.unreadable"),
        ("13.3", "354 848", "failed", "typed_count.differs"),
        ("13.3", "", "failed", "typed_count.empty_alone"),
        ("15.1", "128", "failed", "number.wrong"),
        ("15.1", "49,5", "failed", "number.wrong"),
    ],
)
def test_other_answers_are_told_what_they_are(task_id, raw, status, code):
    result = answered(task_id, raw)

    assert (result.status.value, result.code) == (status, code)


def test_every_wrong_option_has_a_hint():
    for _, task in TASKS.values():
        for spec in task.spec.checks:
            if spec.kind in ("choice", "choices"):
                right = {spec.params.right} if isinstance(spec.params.right, str) else set(spec.params.right)
                assert {option.id for option in task.widget.options} - right == set(spec.params.hints), task.id


def test_hints_and_options_are_plain_words_since_commands_show_them_too():
    for _, task in TASKS.values():
        said = [text for one in task.messages.values() for text in one.values()]
        said += [text for option in (*task.widget.options, *task.widget.rows) for text in option.text.values()]
        assert [text for text in said if "$" in text or "`" in text] == []


def test_the_place_of_the_right_option_is_not_always_the_same():
    places = {
        [option.id for option in task.widget.options].index(spec.params.right)
        for _, task in TASKS.values()
        for spec in task.spec.checks
        if spec.kind == "choice"
    }

    assert len(places) > 1


@pytest.mark.parametrize("task_id", sorted(TASKS))
def test_no_hint_and_no_sentence_gives_the_key_away(task_id):
    _, task = TASKS[task_id]
    keys = {str(value) for spec in task.spec.checks for value in _keys(spec.params)}
    for code in task.messages:
        for lang in ("ru", "en"):
            sentence = render(code, {}, lang, extra=task.messages)
            assert not any(key in sentence.split() for key in keys), sentence


def _keys(params: Any) -> list[Any]:
    found = [getattr(params, name, None) for name in ("value", "equals")]
    return [int(value) if isinstance(value, float) and value == int(value) else value for value in found if value is not None]


def test_questions_without_a_notebook_are_judged_at_once():
    assert {slug for slug, one in PACKAGES.items() if one.needs_worker} == {"13", "15", "16", "18"}


def test_tasks_with_few_options_declare_few_attempts():
    for package in PACKAGES.values():
        if any(task.widget.kind in ("choice", "choices", "matching") for task in package.tasks):
            assert package.attempts is not None
            assert package.attempts <= 3


def test_hidden_tensors_have_results_of_their_own():
    spec = TASKS["15.1"][1].spec.checks[0].params

    for case, tensors in {**spec.inputs, "": spec.original}.items():
        (first, *_), (*_, last) = ([*map(list, tensors[name])] for name in ("t1", "t2"))
        product = sum((2 * a + b) * c for a, b, c in zip(first, tensors["t2"][0], last, strict=True))
        assert product == (spec.labels[case] if case else spec.value)
    assert len({spec.value, *spec.labels.values()}) == 4
    assert not {str(int(label)) for label in spec.labels.values()} & set(spec.slips)
