from __future__ import annotations

import re
from pathlib import Path

import pytest

from assignments.package import PackageErrors, digest, load_assignment, load_course, pack, unpack
from tests.courses.makers import ASSIGNMENT, TEXTS, a_course


def problems(course: Path) -> list[str]:
    """Every sentence, with its file and line as `assignment.yaml:14`."""
    with pytest.raises(PackageErrors) as caught:
        load_course(course)
    return [f"{one.file.name}:{one.line}: {one.sentence('en')}" for one in caught.value.problems]


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


def test_a_missing_file_is_named(tmp_path):
    course = a_course(tmp_path)
    (course / "1" / "starter.ipynb").unlink()
    (course / "1" / "reference.ipynb").write_text("{}")

    told = problems(course)

    assert [sentence.split(":")[0] for sentence in told] == ["reference.ipynb", "starter.ipynb"]


def test_a_folder_that_is_not_there_is_named(tmp_path):
    course = a_course(tmp_path)
    (course / "course.yaml").write_text('title: {ru: И, en: T}\nassignments: ["1", "2", "../1"]\n')

    assert len(problems(course)) == 2


def test_a_folder_that_is_spelt_otherwise_is_proposed(tmp_path):
    course = a_course(tmp_path)
    (course / "1").rename(course / "first-steps")
    (course / "course.yaml").write_text('title: {ru: И, en: T}\nassignments: ["first-step"]\n')

    (told,) = problems(course)

    assert told.endswith(
        'There is no folder "first-step" beside course.yaml. Add it, or delete the line. Did you mean "first-steps"?'
    )


def test_a_comma_that_cuts_a_text_in_two_is_told(tmp_path):
    course = a_course(tmp_path, ASSIGNMENT.replace("en: No faster.", "en: No faster, really."))

    assert any("Put a text that holds a comma in quotes." in told for told in problems(course))


RERUN = """\
title: {ru: Пример, en: Example}
notebook: required
runtime: torch
tasks:
  - id: "1.1"
    answer: {kind: none}
    checks:
      - kind: rerun_value
        value: 50
        original: {t1: [[1, 2]]}
        inputs: hidden/inputs/1.1.yaml
        labels: hidden/labels/1.1.yaml
        points: 1
"""
ONE_TASK = "## 1.1 Первое\n\nТекст.\n"


def with_hidden(tmp_path: Path, inputs: str, labels: str, assignment: str = RERUN) -> Path:
    hidden = {"hidden__inputs__1.1.yaml": inputs, "hidden__labels__1.1.yaml": labels}
    return a_course(tmp_path, assignment, ru=ONE_TASK, en=ONE_TASK, **hidden)


def test_hidden_cases_are_read_and_planned_as_runs(tmp_path):
    (one,) = load_course(with_hidden(tmp_path, '"1": {t1: [[3, 4]]}', '"1": 7')).assignments

    (run,) = one.tasks[0].extra_runs
    assert (run.name, run.swaps[0].replacement) == ("1.1:1", ((3.0, 4.0),))


@pytest.mark.parametrize(
    ("inputs", "labels", "says"),
    [
        ('"1": {t1: [[3, x]]}', '"1": 7', "1.1.yaml:1: "),
        ('"1": {t1: [[3, 4]]}', '"2": 7', "same cases"),
        ('"1": {t2: [[3, 4]]}', '"1": 7', "every tensor"),
    ],
)
def test_hidden_files_have_errors_of_their_own(tmp_path, inputs, labels, says):
    assert any(says in sentence for sentence in problems(with_hidden(tmp_path, inputs, labels)))


def test_a_slip_that_is_no_number_is_told_before_it_breaks_a_verdict(tmp_path):
    assignment = RERUN.replace("        points: 1\n", "        points: 1\n        slips: {12a: hint.rows_from_zero}\n")

    told = problems(with_hidden(tmp_path, '"1": {t1: [[3, 4]]}', '"1": 7', assignment))

    assert told == [
        'assignment.yaml:8: Task 1.1: check "rerun_value" has the slip "12a", which is no number. '
        "Write a wrong number and its hint."
    ]


@pytest.mark.parametrize("path", ["hidden/labels/../../../x.yaml", "labels.yaml", "/etc/passwd", "hidden/inputs/1.1.yaml"])
def test_labels_are_read_from_the_folder_for_labels_only(tmp_path, path):
    told = problems(with_hidden(tmp_path, '"1": {t1: [[3, 4]]}', '"1": 7', RERUN.replace("hidden/labels/1.1.yaml", path)))

    assert any("must name a file below hidden/labels/" in sentence for sentence in told)


# ------------------------------------------------------------------ a version is known by its content


def test_the_same_content_has_the_same_digest_wherever_it_stands(tmp_path):
    one, other = a_course(tmp_path / "a") / "1", a_course(tmp_path / "b") / "1"
    (other / "__pycache__").mkdir()
    (other / "__pycache__" / "x.pyc").write_bytes(b"1")
    (other / ".ipynb_checkpoints").mkdir()
    (other / "ru.md").touch()

    assert digest(one) == digest(other)
    assert re.fullmatch(r"[0-9a-f]{64}", digest(one))


def test_any_changed_byte_changes_the_digest(tmp_path):
    one = a_course(tmp_path) / "1"
    before = digest(one)
    (one / "ru.md").write_text(TEXTS + " ", "utf-8")

    assert digest(one) != before


def test_what_was_packed_comes_out_the_same(tmp_path):
    one = a_course(tmp_path) / "1"
    again = tmp_path / "again" / "1"

    unpack(pack(one), again)

    assert digest(again) == digest(one)
    assert load_assignment(again, "toy").tasks == load_assignment(one, "toy").tasks


def test_a_link_is_no_part_of_a_package(tmp_path):
    course = a_course(tmp_path)
    (course / "1" / "secret").symlink_to("/etc/passwd")

    assert any("is a link" in sentence for sentence in problems(course))


def test_an_archive_may_not_leave_its_folder(tmp_path):
    import io
    import tarfile

    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        info = tarfile.TarInfo("../outside")
        tar.addfile(info, io.BytesIO())

    with pytest.raises(ValueError, match="not a plain file"):
        unpack(buffer.getvalue(), tmp_path / "in")
    assert not (tmp_path / "outside").exists()


# ------------------------------------------------------------------ folders whose names stand in addresses


@pytest.mark.parametrize("name", ["2.1 b", "Second", "задача", "-1", "a" * 51])
def test_a_folder_whose_name_is_no_slug_is_refused_before_it_breaks_a_page(tmp_path, name):
    course = a_course(tmp_path)
    (course / "1").rename(course / name)
    (course / "course.yaml").write_text(f'title: {{ru: И, en: T}}\nassignments: ["{name}"]\n')

    assert problems(course) == [
        f'assignment.yaml:1: The folder of this assignment is called "{name}". Rename it: use small Latin letters, digits, '
        "- and _, at most 50, a letter or digit first."
    ]


def test_no_assignment_may_take_the_gradebook_s_address(tmp_path):
    course = a_course(tmp_path)
    (course / "1").rename(course / "gradebook")
    (course / "course.yaml").write_text('title: {ru: И, en: T}\nassignments: ["gradebook"]\n')

    assert 'No assignment can be called "gradebook"' in problems(course)[0]


def test_a_course_s_folder_has_a_name_for_addresses_too(tmp_path):
    course = a_course(tmp_path)

    assert 'The folder of this course is called "My course"' in problems(course.rename(tmp_path / "My course"))[0]


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
