"""What a change of a package means for students, in words."""

from __future__ import annotations

from pathlib import Path

import pytest

from assignments.package import CoursePackage, load_course
from assignments.package.differences import of_courses
from grader.catalogue import say
from tests.courses.makers import ASSIGNMENT, TEXTS, a_course


def said(tmp_path: Path, assignment: str = ASSIGNMENT, **files: str) -> list[str]:
    """The differences between the example and a changed one."""
    old, new = (load_course(a_course(tmp_path / name, *given)) for name, given in (("old", ()), ("new", (assignment,))))
    for name, content in files.items():
        (new.root / "1" / name.replace("_", ".")).write_text(content, "utf-8")
    new = load_course(new.root)
    return between(old, new)


def between(old: CoursePackage, new: CoursePackage, lang: str = "en") -> list[str]:
    return [say(one, lang) for one in of_courses(*({one.slug: one for one in course.assignments} for course in (old, new)))]


def test_the_same_content_changes_nothing(tmp_path):
    assert said(tmp_path) == []


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("at_least: 0.8\n        points: 2", "at_least: 0.85\n        points: 2", "1: 1.2: accuracy, at_least: 0.8 → 0.85."),
        ("points: 2", "points: 3", "1: 1.2: points: 2 → 3."),
        ("notebook: required", "notebook: required\nattempts: 2", "1: attempts: none → 2."),
        ("notebook: required", "notebook: required\nlimits: {run_s: 900}", "1: run_s: 600 → 900."),
        ("ru: Пример, en: Example", "ru: Пример, en: An example", "1: title changed (en)."),
        ("ru: Быстрая, en: Fast", "ru: Быстрая, en: Quick", '1: 1.1: option "b" is worded otherwise.'),
        ("        - {id: b,", "        - {id: c, ru: Ещё, en: More}\n        - {id: b,", '1: 1.1: option "c" is new: More.'),
        ("required: false", "required: true", "1: 1.2: answer, required: no → yes."),
        ("en: No faster.", "en: Not faster.", "1: 1.1: hints are worded otherwise."),
        ("right: a", "right: b", "1: 1.1: choice, right: a → b."),
        (
            "      - kind: typed_accuracy\n        at_least: 0.8\n        gate: true\n",
            "      - kind: typed_count\n        value: 5\n        gate: true\n",
            "1: 1.2: the check typed_accuracy is taken out.",
        ),
    ],
)
def test_each_change_is_told(tmp_path, old, new, sentence):
    assert old in ASSIGNMENT

    changed = ASSIGNMENT.replace(old, new, 1)
    if "right: b" in new:
        changed = changed.replace("hints: {b: about_speed}", "hints: {a: about_speed}")

    assert sentence in said(tmp_path, changed)


def test_a_task_that_comes_or_goes_is_told_with_its_points(tmp_path):
    start, end = ASSIGNMENT.index('  - id: "1.1"'), ASSIGNMENT.index('  - id: "1.2"')
    fewer, texts = ASSIGNMENT[:start] + ASSIGNMENT[end:], TEXTS.replace("## 1.1 Первое", "Первое")

    old, new = load_course(a_course(tmp_path / "old")), load_course(a_course(tmp_path / "new", fewer, ru=texts, en=texts))
    there, back = between(old, new), between(new, old)

    assert "1: task 1.1 is taken out (1 points)." in there
    assert "1: task 1.1 is new (1 points)." in back


def test_texts_and_starter_are_told_and_what_students_do_not_see_is_said_to_be_that(tmp_path):
    told = said(
        tmp_path,
        ru_md=TEXTS.replace("Вопрос первый.", "Вопрос."),
        starter_ipynb='{"cells": [{}]}',
        reference_ipynb='{"cells": [{}]}',
    )

    assert told == [
        "1: 1.1: text changed (ru).",
        "1: the starter notebook changed.",
        "1: the reference changed (students do not see it).",
    ]
