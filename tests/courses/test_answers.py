from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assignments.package import AnswerError, read_answer, read_answers
from assignments.package.values import Option, Task, Widget
from grader.checks.values import Answer, TaskSpec
from tests.courses.makers import a_course

OPTIONS = (
    Option("smooth", {"ru": "Сигмоида плавная; её можно дифференцировать", "en": "The sigmoid is smooth"}, ("гладкая",)),
    Option("fast", {"ru": "Знак «быстрее»", "en": "The sign is faster"}),
)
ROWS = (Option("w", {"ru": "Веса x = y", "en": "Weights"}), Option("n", {"ru": "Количество нейронов", "en": "Neurons"}))


def task(kind: str, **parts) -> Task:
    return Task("1.1", {}, {}, Widget(kind, **parts), TaskSpec("1.1", ()))  # type: ignore[arg-type]


CHOICE, CHOICES = task("choice", options=OPTIONS), task("choices", options=OPTIONS)
MATCHING = task("matching", options=OPTIONS, rows=ROWS)


@pytest.mark.parametrize(
    "typed",
    ["smooth", "Сигмоида плавная; её можно дифференцировать", "сигмоида плавная; ее можно  дифференцировать.",
     "The sigmoid is smooth", " SMOOTH ", "гладкая", ["smooth"]],
)  # fmt: skip
def test_an_option_is_known_by_its_id_and_its_text_in_either_language(typed):
    assert read_answer(CHOICE, typed) == Answer(text="smooth")


def test_quotation_marks_do_not_tell_options_apart():
    assert read_answer(CHOICE, 'знак "быстрее"').text == "fast"


def test_free_text_is_kept_for_a_person():
    assert read_answer(CHOICE, "не знаю") == Answer(text="не знаю")


@pytest.mark.parametrize("typed", [["smooth", "fast"], "smooth; fast", "The sigmoid is smooth;Знак «быстрее»", "smooth\nfast"])
def test_several_choices_come_as_a_list_or_with_semicolons(typed):
    assert read_answer(CHOICES, typed).items == ("smooth", "fast")


def test_an_option_whose_text_has_a_semicolon_is_one_option():
    assert read_answer(CHOICES, "Сигмоида плавная; её можно дифференцировать").items == ("smooth",)


@pytest.mark.parametrize(
    "typed",
    [{"w": "smooth", "n": "fast"},
     "Веса x = y=smooth; Количество нейронов=fast", "Weights = гладкая; neurons = The sign is faster",
     ["w=smooth", "n=fast"], [["w", "smooth"], ["n", "fast"]], "w → smooth; n -> fast", "w: smooth\nn: fast"],
)  # fmt: skip
def test_pairs_come_as_a_mapping_a_list_or_a_text(typed):
    assert read_answer(MATCHING, typed).pairs == (("w", "smooth"), ("n", "fast"))


def test_a_row_left_open_in_a_form_is_no_answer():
    assert read_answer(MATCHING, {"w": "", "n": "fast"}).pairs == (("n", "fast"),)


def test_a_pair_with_an_unknown_side_is_kept_for_a_person():
    assert read_answer(MATCHING, "w=обучаются; z=fast").pairs == (("w", "обучаются"), ("z=fast", ""))


@pytest.mark.parametrize("typed", ["yes, no; yes", ["yes", "no", "yes"], "yes,no,yes"])
def test_a_sequence_is_split_at_commas_and_semicolons(typed):
    assert read_answer(task("sequence"), typed).items == ("yes", "no", "yes")


@pytest.mark.parametrize(("kind", "typed"), [("number", "118,282"), ("expression", "t1[2,:]=1; t1"), ("text", "a; b, c")])
def test_numbers_expressions_and_texts_are_never_split(kind, typed):
    assert read_answer(task(kind), typed) == Answer(text=typed)


@pytest.mark.parametrize(("raw", "text"), [(0.83, "0.83"), (118282, "118282"), (None, ""), (True, "true")])
def test_numbers_of_json_are_taken_as_they_are_written(raw, text):
    assert read_answer(task("number"), raw).text == text


def test_an_answer_for_no_task_names_the_tasks_there_are(tmp_path):
    from assignments.package import load_course

    (package,) = load_course(a_course(tmp_path)).assignments

    with pytest.raises(AnswerError) as caught:
        read_answers(package, {"1.11": "a"})

    assert (caught.value.code, caught.value.task, caught.value.values["known"]) == ("answer.unknown_task", "1.11", "1.1, 1.2")
    assert read_answers(package, {"1.1": "Плавная", "1.2": ""}) == {"1.1": Answer(text="a")}


def test_a_giant_answer_is_refused():
    with pytest.raises(AnswerError, match=r"answer\.too_long"):
        read_answer(task("text"), "x" * 5000)
    with pytest.raises(AnswerError, match=r"answer\.too_long"):
        read_answer(CHOICES, ["a"] * 101)


def test_an_answer_that_is_nested_without_end_is_refused_in_words():
    endless: list[object] = []
    for _ in range(100_000):
        endless = [endless]

    with pytest.raises(AnswerError, match=r"answer\.nested"):
        read_answer(task("text"), endless)


LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
JSON = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3), max_leaves=10
)


@given(JSON, st.sampled_from([CHOICE, CHOICES, MATCHING, task("number"), task("sequence"), task("none")]))
def test_whatever_json_holds_is_read_or_refused(raw, which):
    try:
        answer = read_answer(which, raw)
    except AnswerError as refused:
        assert refused.code == "answer.nested"
        return

    assert all(isinstance(item, str) for item in (answer.text, *answer.items, *(side for pair in answer.pairs for side in pair)))
