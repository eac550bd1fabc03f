"""Which files and folders a course must have, and that their names can stand in addresses."""

from __future__ import annotations

import pytest

from tests.courses.makers import a_course, problems


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
