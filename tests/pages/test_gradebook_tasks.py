"""What a class makes of each task: numbers, the histogram, and what goes wrong most."""

from __future__ import annotations

from decimal import Decimal

import pytest

from grader.accounts.models import Enrolment, Section
from grader.gradebook.grid.tasks import bars_of
from tests.pages.world import graded, hand_in, record

TASKS = "/courses/zoo/tasks/"


def test_every_task_has_a_line_with_its_pass_rate(whole_class, at, django_assert_max_num_queries):
    client = at(whole_class.teacher)
    client.get(TASKS)

    with django_assert_max_num_queries(9):
        page = client.get(TASKS).text

    for task in ("1.1", "1.6", "2.1"):
        assert f"/tasks/{'quiz' if task == '2.1' else 'everything'}/{task}/" in page
    assert "100 %" in page  # 1.1, which all pass


def test_a_task_shows_how_points_fall_as_a_picture_with_a_table_behind_it(whole_class, at):
    page = at(whole_class.teacher).get(f"{TASKS}everything/1.4/").text

    assert '<svg class="chart"' in page and 'role="img"' in page
    assert "The same as a table" in page
    assert "style=" not in page


def test_the_commonest_failure_is_named_as_its_student_reads_it_with_examples(whole_class, at):
    page = at(whole_class.teacher).get(f"{TASKS}everything/1.6/").text

    assert "The model has 118,016\N{NO-BREAK SPACE}parameters" in page
    assert "Biases seem to be missing" in page
    assert "parameter_count.differs + hint.biases_missing" in page
    assert page.count('href="/results/sub_') >= 1


def test_the_attempt_that_first_passed_is_counted(world, at):
    record(hand_in(world), graded())
    record(hand_in(world, answers={"1.1": "fast"}), graded(full=True))
    record(hand_in(world, world.classmate), graded(full=True))

    page = at(world.teacher).get(f"{TASKS}everything/1.6/").text

    assert '<tr><th scope="row">1</th><td class="num">1</td></tr><tr><th scope="row">2</th><td class="num">1</td></tr>' in page
    assert '<th scope="row">not yet</th><td class="num">0</td>' in page


def test_a_few_are_numbers_only(world, at):
    record(hand_in(world), graded())

    page = at(world.teacher).get(f"{TASKS}everything/1.6/").text

    assert '<svg class="chart"' not in page
    assert "fewer than five" in page


def test_a_task_that_nobody_did_says_so(world, at):
    assert "Nothing is judged yet" in at(world.teacher).get(f"{TASKS}everything/1.6/").text
    assert at(world.teacher).get(f"{TASKS}everything/9.9/").status_code == 404
    assert at(world.teacher).get(f"{TASKS}nothing/1.1/").status_code == 404


def test_a_limited_assistant_counts_their_students_only(whole_class, at):
    section = Section.objects.create(course=whole_class.course, name="A")
    Enrolment.objects.get(user=whole_class.assistant).limited_to.set([section])
    Enrolment.objects.filter(user=whole_class.classmate).update(section=section)

    page = at(whole_class.assistant).get(f"{TASKS}everything/1.6/").text

    assert "<dt>Judged</dt><dd>1</dd>" in page
    assert "Ёлкина" not in page


@pytest.mark.parametrize("points", [[], ["0", "3"], ["1"] * 7, [str(n / 10) for n in range(101)]])
def test_every_student_stands_in_one_bar(points):
    bars = bars_of([Decimal(one) for one in points], Decimal(10))

    assert sum(bar.students for bar in bars) == len(points)
    assert bars[-1].most == 10
