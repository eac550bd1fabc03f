"""A course's files, read: what is wrong in them is told with its line and what to do, all of it at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from assignments.package import load_course
from tests.courses.makers import ASSIGNMENT, TEXTS, a_course, problems


def spoilt(tmp_path: Path, old: str, new: str) -> list[str]:
    assert old in ASSIGNMENT
    return problems(a_course(tmp_path, ASSIGNMENT.replace(old, new, 1)))


def test_a_valid_course_is_read_whole(tmp_path):
    course = load_course(a_course(tmp_path))

    (one,) = course.assignments
    first, second = one.tasks
    assert (course.slug, one.slug, one.course, one.max_score, one.needs_worker) == ("toy", "1", "toy", 3, True)
    assert (first.title["ru"], first.text["ru"], one.text["ru"]) == ("Первое", "Вопрос первый.", "Вступление.")
    assert "## 1.1 это не заголовок" in second.text["ru"]
    assert (first.needs_notebook, second.needs_notebook) == (False, True)
    assert first.spec.checks[0].params.options == ("a", "b")
    assert first.messages["about_speed"]["en"] == "No faster."


def test_an_error_has_its_file_its_line_and_what_to_do(tmp_path):
    assert spoilt(tmp_path, "at_least: 0.8\n        points: 2", "at_least: 0.9\n        below: 0.8\n        points: 2") == [
        'assignment.yaml:23: Task 1.2: check "accuracy" has at_least 0.9 and below 0.8. No score can meet both; swap them.'
    ]


@pytest.mark.parametrize(
    ("named", "gate", "says"),
    [
        ("1.1", "points: 1", "so give it gate: true"),
        ("1.2", "gate: true", "which is no other task"),
        ("1.3", "gate: true", 'which is no other task. Did you mean "1.1"?'),
    ],
)
def test_a_task_is_paired_with_another_one_by_a_gate(tmp_path, named, gate, says):
    pair = f'      - kind: convolutional\n        other_than: "{named}"\n        {gate}\n'

    (found,) = spoilt(tmp_path, "      - kind: typed_accuracy\n", pair + "      - kind: typed_accuracy\n")

    assert says in found


def test_a_measured_answer_needs_images_and_models(tmp_path):
    asked = "kind: measured_answer\n        key: 0.9\n        key_from: 0.8\n        key_to: 0.95\n"
    course = ASSIGNMENT.replace("collect_models: true\n", "").replace("dataset: fashion_mnist\n", "")
    course = course.replace(
        "kind: typed_accuracy\n        at_least: 0.8\n", asked + "        alone_from: 0.8\n        alone_to: 0.95\n"
    )

    said = [line for line in problems(a_course(tmp_path, course)) if "measured_answer" in line]

    assert [line.rpartition("Say ")[2] for line in said] == ["dataset: fashion_mnist.", "collect_models: true."]


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("runtime: tensorflow", "runtme: tensorflow", 3, 'An assignment has no "runtme". Did you mean "runtime"?'),
        ("runtime: tensorflow", "runtime: tensorflw", 3, 'is "tensorflw". Did you mean "tensorflow"?'),
        ("at_least: 0.8", "atleast: 0.8", 24, 'check "accuracy" has no "atleast". Did you mean "at_least"?'),
        ("at_least: 0.8", "at_least: many", 24, '"at_least" of check "accuracy" must be a number, not "many".'),
        ("at_least: 0.8", "at_least: .nan", 24, "must be a finite number"),
        ("kind: accuracy", "kind: acuracy", 23, 'There is no check kind "acuracy". Did you mean "accuracy"?'),
        ("right: a", "right: c", 14, 'names the option "c", which does not exist.'),
        (
            "hints: {b: about_speed}",
            "hints: {b: about_sped}",
            14,
            'the hint "about_sped" has no message. Did you mean "about_speed"?',
        ),
        ("hints: {b: about_speed}", "hints: {}", 7, 'the message "about_speed" is used by no check.'),
        ("{id: b, ru: Быстрая, en: Fast}", "{id: a, ru: Быстрая, en: Fast}", 9, 'the same id "a"'),
        ("{id: b, ru: Быстрая, en: Fast}", "{id: b, ru: Быстрая}", 12, 'needs "en"'),
        ("        points: 1\n", "", 14, "decides nothing"),
        ('id: "1.1"', "id: 1.1", 7, "must be a text, not 1.1. Put it in quotes."),
        ('id: "1.2"', 'id: "1.1"', 20, "Task 1.1 stands twice."),
        ("collect_models: true\n", "", 22, "Say collect_models: true."),
        ("dataset: fashion_mnist\n", "", 22, "Say dataset: fashion_mnist."),
        ("notebook: required", "notebook: none", 20, "looks at the notebook"),
        ("title: {ru: Пример, en: Example}", "title: {ru: Пример}", 1, "must be given in both languages"),
        ("      - kind: typed_accuracy\n        at_least: 0.8\n        gate: true\n", "", 20, "nothing judges the typed number"),
        ("notebook: required", "notebook: required\nattempts: 0", 1, "attempts is 0"),
        ("notebook: required", "notebook: required\nnotebook: none", 3, '"notebook" stands twice, first in line 2.'),
        ("title: {ru: Пример, en: Example}", "title: &t {ru: Пример, en: Example}\ntasks: *t", 1, "Anchors and aliases"),
        ("title: {ru: Пример, en: Example}", "title: !!python/name:os.system x", 1, "tag"),
        ("notebook: required", "notebook: [", 4, "This is not YAML"),
    ],
)
def test_each_mistake_is_told_on_its_line(tmp_path, old, new, line, says):
    told = spoilt(tmp_path, old, new)

    assert any(sentence.startswith(f"assignment.yaml:{line}: ") and says in sentence for sentence in told), told


def test_the_hints_of_a_sequence_name_places_that_there_are(tmp_path):
    sequence = ASSIGNMENT.replace("kind: choice", "kind: sequence").replace("right: a", "right: [a, b]")

    assert load_course(a_course(tmp_path / "right", sequence.replace("{b: about_speed}", '{"2": about_speed}'))).assignments
    told = problems(a_course(tmp_path / "wrong", sequence.replace("{b: about_speed}", '{"3": about_speed}')))

    assert told == ['assignment.yaml:14: Task 1.1: check "sequence" names the place "3", which does not exist. Known: 1, 2.']


def test_all_mistakes_are_told_at_once(tmp_path):
    spoil = (
        ASSIGNMENT.replace("runtime: tensorflow", "runtme: tensorflow")
        .replace("right: a", "rihgt: a")
        .replace("points: 2", "points: two")
    )

    told = problems(a_course(tmp_path, spoil, ru=TEXTS.replace("## 1.2", "## 1.3")))

    assert len(told) >= 4
    assert any("ru.md:9: assignment.yaml has no task 1.3." in sentence for sentence in told) or "runtme" in told[0]


def test_texts_and_tasks_must_agree(tmp_path):
    told = problems(a_course(tmp_path, ru=TEXTS.replace("## 1.2", "## 1.3"), en=TEXTS.replace("## 1.1 Первое", "## 1.1")))

    assert 'ru.md:9: assignment.yaml has no task 1.3. Did you mean "1.2"?' in told
    assert "ru.md:13: There is no section for task 1.2. Add `## 1.2 Title` and its text." in told
    assert "en.md:5: The section of task 1.1 has no title. Write `## 1.1 Title`." in told


def test_a_comma_that_cuts_a_text_in_two_is_told(tmp_path):
    course = a_course(tmp_path, ASSIGNMENT.replace("en: No faster.", "en: No faster, really."))

    assert any("Put a text that holds a comma in quotes." in told for told in problems(course))


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("title: a: b", 1, "there is a colon where none may stand"),
        ("title\nnotebook: none", 2, "colon"),
        ("title: x\n\tnotebook: none", 2, "there is a tab"),
        ("title: x\n notebook: none", 2, "colon"),
        ("- a\nb: c", 2, "indented otherwise"),
        ("title: [a, b", 1, "is not closed"),
        ('title: "a', 1, "is not closed"),
        ("title: %a", 1, "whoever reads it says: “found character '%'"),
    ],
)
def test_what_is_no_yaml_is_told_in_words(tmp_path, text, line, says):
    course = a_course(tmp_path, text)

    (told,) = [one for one in problems(course) if "This is not YAML" in one]

    assert told.startswith(f"assignment.yaml:{line}: ") and says in told
