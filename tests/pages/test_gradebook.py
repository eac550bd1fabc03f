from __future__ import annotations

import re
import time
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from assignments.models import Assignment
from grader.accounts.models import Enrolment, Extension, Role, Section, User
from grader.gradebook.models import Grade, GradeChange
from grader.gradebook.services import submission_stop
from tests.pages.world import graded, hand_in, record

ADDRESS = "/courses/zoo/gradebook/"


def many(world, students: int, assignments: int) -> None:
    """A class of this size with a grade in each cell."""
    columns = Assignment.objects.bulk_create(
        Assignment(course=world.course, slug=f"a{n}", position=9 + n, title={"en": f"A {n}"}, max_score=10,
                   current_version=world.quiz.current_version)
        for n in range(assignments)
    )  # fmt: skip
    people = User.objects.bulk_create(
        User(username=f"u{n:04}", last_name=f"Last{n:04}", first_name="First") for n in range(students)
    )
    Enrolment.objects.bulk_create(Enrolment(user=user, course=world.course, role=Role.STUDENT) for user in people)
    grades = Grade.objects.bulk_create(
        Grade(
            student=user, assignment=column, score=Decimal("7.5"), max_score=10, version=1, state="graded", latest_submission="s"
        )
        for user in people
        for column in columns
    )
    changed(grades)


def names(page: str) -> list[str]:
    """The students of a page, from above."""
    return re.findall(r"<th scope=row><label><input type=checkbox name=s value=usr_\w+>([^<]+)</label>", page)


def changed(grades) -> None:
    """The history that the database asks of each score."""
    GradeChange.objects.bulk_create(
        GradeChange(grade=one, version=one.version, reason="run", score_to=one.score) for one in grades
    )


def test_each_state_has_a_sign_and_a_word_in_its_cell(whole_class, at):
    page = at(whole_class.teacher).get(ADDRESS).text

    for letter, words in {"b": "! broken", "w": "… waiting", "r": "? review", "p": "↻ problem"}.items():
        assert re.search(rf"<td class={letter}><a href=usr_\w+/everything>[^<]*<i>{re.escape(words)}</i>", page), words
    assert re.search(r"<td class=f><a href=usr_\w+/everything>✓ 6</a>", page)
    assert re.search(r"<td class=n><a href=usr_\w+/quiz><i>· not yet</i></a>", page)


def test_an_attempt_that_its_student_stopped_does_not_read_as_a_failed_run(world, at):
    submission_stop(hand_in(world), by=world.student)

    table = at(world.teacher).get(ADDRESS)
    filtered = at(world.teacher).get(ADDRESS, {"state": "cancelled"}).text

    assert re.search(r"<td class=c><a href=usr_\w+/everything><i>– stopped</i>", table.text)
    assert names(filtered) == ["Ёлкина Анна"]
    assert "the run failed" not in at(world.student).get("/").text


def test_a_late_grade_says_so(whole_class, at):
    Grade.objects.filter(student=whole_class.classmate).update(late=True)

    assert "<i>◷ late</i>" in at(whole_class.teacher).get(ADDRESS).text


def test_rows_are_in_alphabetical_order_with_yo_beside_ye(whole_class, at):
    shown = names(at(whole_class.teacher).get(ADDRESS).text)

    assert shown.index("Дьяченко Олег") < shown.index("Ёлкина Анна") < shown.index("Ермакова София")


def test_the_table_can_be_read_by_ear(whole_class, at):
    page = at(whole_class.teacher).get(ADDRESS).text

    assert "<caption" in page
    assert "14 students." in page
    assert page.count("scope=row") == 14
    assert page.count('scope="col"') == 4  # student, two assignments, together
    assert page.count('aria-sort="ascending"') == 1  # by name


def test_the_last_row_is_the_average_of_what_is_graded(world, at):
    many(world, 4, 2)
    Grade.objects.filter(student__username="u0000").update(score=Decimal("2.5"), version=2)
    changed(Grade.objects.filter(student__username="u0000"))

    foot = at(world.teacher, "ru").get(ADDRESS).text.split("<tfoot>")[1]

    assert "<td>6,25</td><td>6,25</td><td>12,5</td>" in foot


def test_names_and_states_narrow_the_table_by_the_address(whole_class, at):
    client = at(whole_class.teacher)

    by_name = client.get(ADDRESS, {"name": "ЕЛКИ"}).text
    by_state = client.get(ADDRESS, {"state": "broken"}).text
    nobody = client.get(ADDRESS, {"name": "zzz"}).text

    assert names(by_name) == ["Ёлкина Анна"]
    assert names(by_state) == ["Алексеев Пётр"]
    assert "No students match this filter." in nobody


def test_a_course_without_students_says_so(world, at):
    Enrolment.objects.filter(role=Role.STUDENT).delete()

    assert "No students yet" in at(world.teacher).get(ADDRESS).text


def test_a_name_cannot_become_markup(world, at):
    User.objects.filter(pk=world.student.pk).update(last_name="<script>alert(1)</script>")

    assert "<script>alert" not in at(world.teacher).get(ADDRESS).text


def test_five_hundred_students_take_as_many_queries_as_two(world, at, django_assert_num_queries):
    client = at(world.teacher)
    many(world, 500, 20)

    with django_assert_num_queries(8):  # session, person, course, version, columns, students, extensions, grades
        response = client.get(ADDRESS)
    assert response.text.count("scope=row>") == 502


def test_a_cell_costs_at_most_forty_bytes_beyond_its_value_and_its_address(world, at):
    many(world, 30, 20)

    page = at(world.teacher).get(ADDRESS).text

    cells = re.findall(r"<td class=\w><a href=[^>]*>.*?</a>", page)
    assert len(cells) > 600
    for cell in cells:
        address = cell.split("href=")[1].split(">")[0]
        value = re.sub("<[^>]*>", "", cell)
        assert len(cell) - len(value) - len(address) <= 40, cell


def test_a_large_gradebook_is_made_quickly(world, at):
    many(world, 500, 20)
    client = at(world.teacher)
    client.get(ADDRESS)

    started = time.perf_counter()
    client.get(ADDRESS)

    assert time.perf_counter() - started < 1.5  # about 0.35 s alone on two cores; tests share them


def test_a_page_that_did_not_change_is_not_sent_again(whole_class, at):
    client = at(whole_class.teacher)
    first = client.get(ADDRESS)
    tag = first.headers["ETag"]

    again = client.get(ADDRESS, headers={"If-None-Match": tag})
    elsewhere = client.get(ADDRESS, {"state": "late"}, headers={"If-None-Match": tag})
    record(hand_in(whole_class, whole_class.student, answers={"1.1": "slow"}), graded(full=True))
    after = client.get(ADDRESS, headers={"If-None-Match": tag})

    assert (again.status_code, again.content) == (304, b"")
    assert (elsewhere.status_code, after.status_code) == (200, 200)
    assert first.headers["Cache-Control"] == "private, no-cache"


@pytest.mark.parametrize(
    "change",
    [
        lambda world: User.objects.filter(pk=world.student.pk).update(last_name="Новая"),
        lambda world: Assignment.objects.filter(pk=world.quiz.pk).update(title={"en": "Another title"}),
        lambda world: Enrolment.objects.filter(user=world.classmate).delete(),
        lambda world: Grade.objects.filter(student=world.student).update(reviews_open=7),
        lambda world: Extension.objects.create(
            student=world.student, assignment=world.quiz, more_attempts=1, reason="ill", given_by=world.teacher
        ),
        lambda world: Enrolment.objects.filter(user=world.student).update(
            section=Section.objects.create(course=world.course, name="A")
        ),
    ],
)
def test_whatever_the_table_shows_makes_another_page_of_it(whole_class, at, change):
    client = at(whole_class.teacher)
    tag = client.get(ADDRESS).headers["ETag"]

    change(whole_class)

    assert client.get(ADDRESS, headers={"If-None-Match": tag}).status_code == 200


def test_nobody_gets_another_persons_page_by_its_name(whole_class, at):
    tag = at(whole_class.teacher).get(ADDRESS).headers["ETag"]

    assert at(whole_class.assistant).get(ADDRESS, headers={"If-None-Match": tag}).status_code == 200
    assert at(whole_class.teacher, "ru").get(ADDRESS, headers={"If-None-Match": tag}).status_code == 200
    assert at(whole_class.student).get(ADDRESS, headers={"If-None-Match": tag}).status_code == 404


def test_the_page_is_small_on_the_wire(world, at):
    many(world, 500, 20)

    response = at(world.teacher).get(ADDRESS, headers={"Accept-Encoding": "gzip"})

    assert response.headers["Content-Encoding"] == "gzip"
    assert len(response.content) <= 150 * 1024


def test_the_table_sorts_by_points_with_who_has_none_at_the_end(whole_class, at):
    client = at(whole_class.teacher)

    up = names(client.get(ADDRESS, {"sort": "everything"}).text)
    down = client.get(ADDRESS, {"sort": "-everything"}).text

    graded_ones = list(
        Grade.objects.filter(assignment=whole_class.everything, score__isnull=False)
        .order_by("score")
        .values_list("student__last_name", flat=True)
    )
    assert up[0].split()[0] == graded_ones[0]
    assert names(down)[0].split()[0] in graded_ones[-6:]
    assert set(names(down)[len(graded_ones) :]) == set(up[len(graded_ones) :])
    assert 'aria-sort="descending"' in down


def test_points_and_sections_narrow_the_table_too(whole_class, at):
    section = Section.objects.create(course=whole_class.course, name="БПИ-1")
    Enrolment.objects.filter(user=whole_class.student).update(section=section)
    client = at(whole_class.teacher, "ru")

    assert names(client.get(ADDRESS, {"section": "БПИ-1"}).text) == ["Ёлкина Анна"]
    rich = names(client.get(ADDRESS, {"assignment": "everything", "least": "5,5"}).text)
    expected = Grade.objects.filter(assignment=whole_class.everything, score__gte=Decimal("5.5"))
    assert sorted(name.split()[0] for name in rich) == sorted(expected.values_list("student__last_name", flat=True))


@pytest.mark.parametrize(
    "address", ["?page=x&sort=nothing&least=abc&state=?", "?page=99999&most=1e99", "?least=NaN&name=%00", f"?page={'9' * 5000}"]
)
def test_an_address_that_makes_no_sense_shows_the_table_all_the_same(whole_class, at, address):
    assert at(whole_class.teacher).get(ADDRESS + address).status_code == 200


def test_more_than_a_thousand_students_come_in_pages_of_five_hundred(world, at):
    many(world, 1001, 1)
    client = at(world.teacher)

    first, last = client.get(ADDRESS).text, client.get(ADDRESS, {"page": "3"}).text

    assert len(names(first)) == 500
    assert len(names(last)) == 3  # the cast has two more
    assert "1003 students" in first
    assert '<a href="?page=3">3</a>' in first


def test_an_assistant_limited_to_a_section_sees_its_students_only(whole_class, at, django_assert_max_num_queries):
    section = Section.objects.create(course=whole_class.course, name="A")
    Enrolment.objects.get(user=whole_class.assistant).limited_to.set([section])
    Enrolment.objects.filter(user=whole_class.student).update(section=section)
    client = at(whole_class.assistant)

    with django_assert_max_num_queries(8):
        page = client.get(ADDRESS).text

    assert names(page) == ["Ёлкина Анна"]
    assert "1 student." in page


@pytest.mark.parametrize(
    ("person", "status"),
    [("student", 404), ("classmate", 404), ("other_teacher", 404), ("teacher", 200), ("assistant", 200), ("admin", 200)],
)
def test_who_opens_the_gradebook(whole_class, at, person, status):
    client = at(whole_class.cast[person])

    for address in (ADDRESS, f"{ADDRESS}export.csv", f"{ADDRESS}import", "/courses/zoo/tasks/", "/courses/zoo/tasks/quiz/2.1/"):
        assert client.get(address).status_code == status, address


def test_a_row_without_hand_in_says_whether_it_is_due(world, at):
    Assignment.objects.filter(pk=world.quiz.pk).update(due_at=timezone.now() - timedelta(days=1))

    page = at(world.teacher).get(ADDRESS).text

    assert re.search(r"<td class=m><a href=usr_\w+/quiz><i>○ missing</i></a>", page)
    assert re.search(r"<td class=n><a href=usr_\w+/everything><i>· not yet</i></a>", page)
    assert len(names(at(world.teacher).get(ADDRESS, {"state": "missing", "assignment": "quiz"}).text)) == 2
