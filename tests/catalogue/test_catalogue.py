from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader import catalogue
from grader.catalogue import render
from grader.catalogue.exceptions import table
from grader.catalogue.sentences import placeholders
from grader.checks import KINDS
from grader.events.types import EVENT_TYPES

ROOT = Path(catalogue.__file__).parents[2]
OUTCOMES = ("passed", "left_open", "failed", "review", "error", "not_judged")
PARTS = ("part.", "unfit.", "yaml.")  # stand inside of a sentence
ABOUT_COURSES = ("package.", "figure.", "change.", "proof.", *PARTS)
SHARED = (
    *("preflight.", "missing.", "run.", "note.", "hint.", "preparation.", "teacher.", "submit.", "answer.", "task."),
    *ABOUT_COURSES,
)


def codes_in_checks() -> Iterator[str]:
    """Every code that a kind or the scoring writes, with its kind's name."""
    for file in sorted((ROOT / "grader/checks").rglob("*.py")):
        for call in ast.walk(ast.parse(file.read_text("utf-8"))):
            if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name) or file.name == "values.py":
                continue
            if call.func.id in OUTCOMES:
                words = [word for argument in call.args for word in _words(argument)]
                for code in words or (["passed"] if call.func.id == "passed" else []):
                    yield code if "." in code else f"{file.stem}.{code}"


def _words(argument: ast.expr) -> Iterator[str]:
    branches = [argument.body, argument.orelse] if isinstance(argument, ast.IfExp) else [argument]
    if isinstance(argument, ast.BoolOp):
        branches = argument.values
    yield from (one.value for one in branches if isinstance(one, ast.Constant) and isinstance(one.value, str))


def codes_in_code() -> Iterator[str]:
    """Every literal anywhere in the rooms that looks like a shared code and is no event's type."""
    for folder in ("grader", "worker", "assignments/package"):
        for file in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(file.read_text("utf-8"))):
                if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
                    continue
                head, dot, tail = node.value.partition(".")
                if f"{head}{dot}" in SHARED and tail.isidentifier() and node.value not in EVENT_TYPES:
                    yield node.value


def refused_by_kinds() -> set[str]:
    """What our kinds say of parameters that do not fit."""
    kinds = [file.read_text("utf-8") for file in (ROOT / "grader/checks/kinds").glob("*.py")]
    return {sentence for text in kinds for sentence in re.findall(r'raise ValueError\("([^"]+)"\)', text)}


def unfit() -> dict[str, str]:
    return {code: render(code, {}, "en") for code in catalogue.codes("en") if code.startswith("unfit.")}


def test_what_parameters_refuse_can_be_said_in_both_languages():
    assert refused_by_kinds() == set(unfit().values())


def test_both_languages_have_the_same_codes():
    assert catalogue.codes("ru") == catalogue.codes("en")


@pytest.mark.parametrize("code", sorted(catalogue.codes("en")))
def test_both_languages_show_the_same_values(code):
    assert placeholders(code, "ru") == placeholders(code, "en")


def test_every_code_that_checks_can_write_has_a_sentence():
    assert set(codes_in_checks()) - catalogue.codes("en") == set()


def test_every_shared_code_that_is_written_anywhere_has_a_sentence():
    assert set(codes_in_code()) - {"run.py"} - catalogue.codes("en") == set()


def test_every_sentence_about_a_check_can_be_written():
    written = set(codes_in_checks())
    about_checks = {code for code in catalogue.codes("en") if code.partition(".")[0] in KINDS}

    assert about_checks - written == set()


def test_every_code_has_a_caller():
    named = set(codes_in_checks()) | set(codes_in_code()) | {f"kind.{kind}" for kind in KINDS}
    named |= {entry.hint for entry in table()}
    named |= {code for code, sentence in unfit().items() if sentence in refused_by_kinds()}
    courses = "".join(file.read_text("utf-8") for file in (ROOT / "assignments/courses").glob("*/*/assignment.yaml"))
    named |= {code for code in catalogue.codes("en") if re.search(rf"{re.escape(code)}\b", courses)}

    assert catalogue.codes("en") - named == set()


@pytest.mark.parametrize("code", sorted(code for code in catalogue.codes("ru") if code.startswith(ABOUT_COURSES)))
def test_what_is_said_of_a_course_is_russian_in_russian(code):
    only_values = code in (
        "part.boolean",
        "part.in_language",
        "part.item",
        "part.key",
        "part.within",
        "change.value",
        "package.unfit",
    )

    assert only_values or re.search("[А-Яа-яё]{3}", render(code, {}, "ru"))


def test_the_catalogue_knows_no_course_s_tasks():
    of_a_task = re.compile(r"\b(t[12]|float32|28|three|third|two hidden|три|тр[её]х|третья|два скрытых)\b")
    told = {code for lang in ("ru", "en") for code in catalogue.codes(lang) if of_a_task.search(render(code, {}, lang))}

    assert told == set()


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_has_a_name(kind):
    assert f"kind.{kind}" in catalogue.codes("ru")


def test_a_sentence_ends_like_one():
    last = {"near": "", "comma": "", "quotes": ""}  # sentences of their own
    for lang in ("ru", "en"):
        for code in catalogue.codes(lang):
            assert code.startswith(("kind.", *PARTS)) or render(code, last, lang).strip()[-1] in ".?)", code


# ------------------------------------------------------------------ numbers and words


@pytest.mark.parametrize(
    ("lang", "sentence"),
    [("ru", "В модели 118\u00a0282\u00a0параметра"), ("en", "The model has 118,282\u00a0parameters")],
)
def test_counts_are_grouped_as_the_reader_writes_them(lang, sentence):
    assert render("parameter_count.differs", {"counted": 118_282}, lang).startswith(sentence)


@pytest.mark.parametrize(
    ("measured", "ru", "en"), [(0.83, "0,83", "0.83"), (0.8294, "0,8294", "0.8294"), (0.8, "0,80", "0.80"), (1.0, "1,00", "1.00")]
)
def test_shares_have_the_reader_s_decimal_sign(measured, ru, en):
    assert f" {ru}," in render("accuracy.passed", {"measured": measured, "bound": 0.5}, "ru")
    assert f" {en} " in render("accuracy.passed", {"measured": measured, "bound": 0.5}, "en")


@pytest.mark.parametrize(
    ("found", "words"),
    [(1, "1\u00a0нейрон,"), (2, "2\u00a0нейрона,"), (5, "5\u00a0нейронов,"), (11, "11\u00a0нейронов,"), (21, "21\u00a0нейрон,"),
     (112, "112\u00a0нейронов,"), (127, "127\u00a0нейронов,"), (0, "0\u00a0нейронов,")],
)  # fmt: skip
def test_russian_words_take_the_form_of_their_number(found, words):
    assert words in render("architecture.units", {"layer": 1, "found": found, "wanted": 128}, "ru")


def test_english_words_take_the_form_of_their_number():
    assert "1\u00a0neuron," in render("architecture.units", {"layer": 1, "found": 1, "wanted": 128}, "en")


# ------------------------------------------------------------------ what it is given


def test_an_unknown_code_is_named_plainly():
    assert render("new.code", {}, "ru") == "Результат проверки: new.code."
    assert render("new.code", {}, "en") == "Result of the check: new.code."


def test_a_task_s_own_message_comes_first_and_in_the_reader_s_language():
    extra = {
        "about_time": {"ru": "Знак — это {n|сравнение|сравнения|сравнений}.", "en": "The sign is {n|comparison|comparisons}."}
    }

    assert render("about_time", {"n": 1}, "ru", extra=extra) == "Знак — это 1\u00a0сравнение."
    assert render("about_time", {"n": 2}, "en", extra=extra) == "The sign is 2\u00a0comparisons."


def test_a_student_s_text_is_a_value_and_never_a_pattern():
    text = render("run.error", {"cell": 3, "ename": "ValueError", "evalue": "{cell} \x1b[31m\n" + "x" * 10_000}, "en")

    assert "{cell}" in text
    assert "\x1b" not in text
    assert len(text) < 700


def test_a_message_that_ends_with_a_full_stop_gets_no_second_one():
    text = render("run.error", {"cell": 2, "ename": "ValueError", "evalue": "not a valid dtype."}, "en")

    assert "not a valid dtype. Everything" in text


@pytest.mark.parametrize(
    ("ename", "evalue", "says"),
    [
        ("StdinNotImplementedError", "raw_input was called, but this frontend does not support input requests.", "input()"),
        ("ModuleNotFoundError", "No module named 'google.colab'", "The module google.colab is not available"),
        ("NameError", "name 'x_train' is not defined", "Nothing called x_train exists yet"),
        ("FileNotFoundError", "[Errno 2] No such file or directory: 'a.csv'", "none of your other files"),
        ("Exception", "URL fetch failure on https://example.org: None", "no internet access"),
    ],
)
def test_the_usual_exceptions_are_told_in_words(ename, evalue, says):
    assert says in render("run.error", {"cell": 1, "ename": ename, "evalue": evalue}, "en")


def test_an_exception_that_says_something_else_gets_no_hint():
    odd = render("run.error", {"cell": 1, "ename": "NameError", "evalue": "{cell}"}, "en")

    assert odd.endswith("(Runtime → Restart and run all).")


SOME = st.none() | st.booleans() | st.integers() | st.floats() | st.text()


@given(
    st.sampled_from(sorted(catalogue.codes("en"))),
    st.dictionaries(st.sampled_from(["cell", "measured", "found", "more", "typed", "counted"]), SOME),
    st.sampled_from(["ru", "en", "de", ""]),
)
def test_nothing_breaks_a_sentence(code, values, lang):
    assert render(code, values, lang)
