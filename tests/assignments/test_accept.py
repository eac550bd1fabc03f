"""A key longer by an answer: in the text that its teacher wrote, and nothing else of it changed."""

from __future__ import annotations

import pytest

from assignments.package import load_assignment
from assignments.package.accept import Addition, NotAccepted, addition, extended, same_answer
from assignments.package.values import AssignmentPackage

WRITTEN = """\
# What the second week asks.
title: {ru: Вопросы, en: Questions}
notebook: none
tasks:
  - id: "1.1"   # the first
    answer:
      kind: choice
      options:
        - {id: a, ru: верно, en: right}
        - id: b
          ru: неверно
          en: wrong
    checks:
      - {kind: choice, right: a, points: 1}
  - id: "1.2"
    answer: {kind: number}
    checks:
      - kind: number   # fifty, by hand
        equals: 50
        tolerance: 0.5
        points: 2
  - id: "1.3"
    answer: {kind: text}
    checks:
      - kind: text
        accepted: [Adam, "adam w"]  # two of them
        points: 1
  - id: "1.4"
    answer: {kind: text}
    checks:
      - kind: text
        accepted:
          # in the order of the lecture
          - ReLU
          - Leaky ReLU  # also right
        points: 1
  - id: "1.5"
    answer: {kind: sequence, options: [{id: y, ru: да, en: "yes"}, {id: n, ru: нет, en: "no"}]}
    checks:
      - {kind: sequence, right: [y, n], points: 1}
"""


@pytest.fixture
def package(tmp_path) -> AssignmentPackage:
    (tmp_path / "quiz").mkdir()
    (tmp_path / "quiz" / "assignment.yaml").write_text(WRITTEN, "utf-8")
    for lang in ("ru", "en"):
        text = "# Q\n" + "".join(f"\n## 1.{number} T\n\nText\n" for number in range(1, 6))
        (tmp_path / "quiz" / f"{lang}.md").write_text(text, "utf-8")
    return load_assignment(tmp_path / "quiz", "small")


@pytest.mark.parametrize(
    ("task", "typed", "before", "after"),
    [
        ("1.2", "51", "- kind: number   # fifty, by hand", "- kind: number   # fifty, by hand\n        also: [51]"),
        ("1.2", "51,5", "- kind: number   # fifty, by hand", "- kind: number   # fifty, by hand\n        also: [51.5]"),
        ("1.3", "Адам", '"adam w"]', '"adam w", "Адам"]'),
        ("1.3", 'say "Adam"', '"adam w"]', '"adam w", "say \\"Adam\\""]'),
        ("1.4", "GELU: smooth", "- Leaky ReLU  # also right", '- Leaky ReLU  # also right\n          - "GELU: smooth"'),
        ("1.1", "b", "right: a, points: 1}", 'right: a, points: 1, also: ["b"]}'),
        ("1.1", "да, верно", "ru: верно, en: right}", 'ru: верно, en: right, also: ["да, верно"]}'),
    ],
)
def test_one_answer_is_added_and_all_else_is_as_it_was(package, task, typed, before, after):
    assert extended(WRITTEN, addition(package, task, typed)) == WRITTEN.replace(before, after)


@pytest.mark.parametrize("task", ["1.1", "1.2", "1.3", "1.4"])
def test_a_second_answer_joins_the_first(package, task, tmp_path):
    typed = {"1.1": ["b"], "1.2": ["51", "52"], "1.3": ["Адам", "SGD"], "1.4": ["GELU", "SiLU"]}[task]
    file = tmp_path / "quiz" / "assignment.yaml"
    for one in typed:
        file.write_text(extended(file.read_text("utf-8"), addition(load_assignment(tmp_path / "quiz", ""), task, one)), "utf-8")

    for one in typed:
        with pytest.raises(NotAccepted, match="accepted"):
            addition(load_assignment(tmp_path / "quiz", ""), task, one)


@pytest.mark.parametrize(
    ("task", "typed", "why"),
    [
        ("1.2", "1,234", "several_readings"),
        ("1.2", "many", "no_number"),
        ("1.2", "> 40", "no_number"),
        ("1.2", "50.2", "accepted"),
        ("1.3", "ADAM.", "accepted"),
        ("1.3", "", "empty"),
        ("1.3", "a" * 201, "unfit"),
        ("1.3", "bell \a", "unfit"),
        ("1.5", "да, нет, да", "no_key"),
        ("9.9", "x", "no_task"),
    ],
)
def test_what_no_key_can_take_is_refused_with_its_reason(package, task, typed, why):
    with pytest.raises(NotAccepted, match=why):
        addition(package, task, typed)


def test_a_file_that_can_not_be_edited_surely_is_left_alone():
    odd = WRITTEN.replace('accepted: [Adam, "adam w"]', "accepted: &names [Adam]")

    with pytest.raises(NotAccepted, match="unfit"):
        extended(odd.replace('id: "1.3"', 'id: "3.1"'), Addition("1.3", "text", "accepted", "SGD"))


@pytest.mark.parametrize(
    ("task", "one", "other", "same"),
    [
        ("1.3", "Адам", "  АДАМ! ", True),
        ("1.3", "Адам", "Ева", False),
        ("1.2", "51", "51,0", True),
        ("1.2", "51", "51.4", True),  # within the tolerance of the key
        ("1.2", "51", "52", False),
        ("1.2", "51", "fifty", False),
        ("1.1", "b", "неверно", True),
        ("1.1", "b", "a", False),
        ("1.5", "да; нет", "yes, no", True),
    ],
)
def test_the_same_answer_is_what_the_check_takes_for_the_same(package, task, one, other, same):
    assert same_answer(package, task, one)(other) is same
