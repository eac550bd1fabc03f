"""A class added at once: what tables are understood, what each row comes to, and that it is all or nothing."""

from __future__ import annotations

import time
from typing import Any

import pytest

from grader.accounts.models import Enrolment, Role, Section, User
from grader.accounts.roster.columns import columns_of
from grader.accounts.roster.plan import Plan, plan_of
from grader.accounts.roster.services import RosterRefused, roster_add
from grader.accounts.roster.table import MOST_CELL, lines_of, text_of
from grader.accounts.services import enrolment_ensure, person_ensure
from grader.events.models import Event
from tests.factories import Cast

pytestmark = pytest.mark.usefixtures("in_english")


def plan(cast: Cast, text: str, **more: Any) -> Plan:
    return plan_of(cast.course, lines_of(text), role=more.pop("role", Role.STUDENT), **more)


def add(cast: Cast, text: str, **more: Any) -> Plan:
    return roster_add(course=cast.course, lines=lines_of(text), role=more.pop("role", Role.STUDENT), **more)


def problems(found: Plan) -> dict[int, list[str]]:
    return {step.person.line: list(step.problems) for step in found.wrong}


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("Фамилия;Имя;Эл. почта;Группа\nЁлкина;Вера;vera@example.org;А", ["last_name", "first_name", "email", "section"]),
        ("Name,E-mail,LMS ID\nAnna,anna@example.org,17", ["name", "email", "external_id"]),
        ("ФИО\tЛогин\tИмейл\nЁлкина Вера\tvera\tvera@example.org", ["name", "username", "email"]),
        ('"Name";"Email"\n"Smith, Anna";"anna@example.org"', ["name", "email"]),
        ("Имя;Почта\nВера Ёлкина;vera@example.org", ["name", "email"]),
        ("Name,Email,Email\nA,a@example.org,b@example.org", ["name", "email", ""]),
        ("Ёлкина Вера;vera@example.org", ["name", "email"]),
        ("vera@example.org,Ёлкина,Вера,12", ["email", "last_name", "first_name", ""]),
        ("vera@example.org\nboris@example.org", ["email"]),
        ("Вера Ёлкина <vera@example.org>\nboris <boris@example.org>,", ["name", "email"]),
    ],
)
def test_columns_are_known_by_their_heads_or_by_what_stands_in_them(text: str, columns: list[str]):
    assert columns_of(lines_of(text)) == columns


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1251"])
def test_files_of_excel_are_read_in_whatever_coding(encoding: str):
    assert text_of("Фамилия;Имя\nЁлкина;Вера".encode(encoding)) == "Фамилия;Имя\nЁлкина;Вера"


def test_lines_are_numbered_as_an_editor_does():
    found = lines_of('name,email\r\n\r\n"Anna\nSmith",a@example.org\r\nBoris,b@example.org\r\n')

    assert [(line.number, line.cells[0]) for line in found] == [(1, "name"), (3, "Anna Smith"), (5, "Boris")]


def test_letters_that_show_nothing_or_turn_the_text_round_are_left_out():
    assert lines_of("An\u202ena\x00\u200b  B ;a@example.org")[0].cells == ("Anna B", "a@example.org")


@pytest.mark.parametrize(
    "line", [" " * 100_000, '" ' * 50_000, "a" * 50_000 + " " * 50_000, "<@" * 50_000, "a <" + "@" * 100_000]
)
def test_a_line_of_a_hundred_thousand_letters_is_read_in_one_pass(line: str):
    """By a pattern that tries every way to share out the spaces this would not end."""
    (found,) = lines_of(line + "x")

    assert all(len(cell) <= MOST_CELL + 1 for cell in found.cells)


def test_a_line_of_a_mail_program_may_be_quoted_and_end_in_a_sign():
    lines = lines_of('"Ёлкина, Вера" <vera@example.org>;\n<boris@example.org> ,\nAnna Smirnova\t<anna@example.org>')

    assert [line.cells for line in lines] == [
        ("Ёлкина, Вера", "vera@example.org"),
        ("", "boris@example.org"),
        ("Anna Smirnova", "anna@example.org"),
    ]


def test_a_class_is_added_with_sections_and_without_passwords(cast: Cast):
    done = add(cast, "ФИО;Почта;Группа;ID\nЁлкина Вера Ивановна;Vera@Example.org;А;17\nОрлов Глеб;gleb@example.org;А;")

    assert (done.count("new"), done.new_sections) == (2, ("А",))
    vera = User.objects.get(username="vera@example.org")
    assert (vera.last_name, vera.first_name, vera.email) == ("Ёлкина", "Вера Ивановна", "vera@example.org")
    assert not vera.has_usable_password()
    place = Enrolment.objects.get(user=vera)
    assert (place.course, place.role, place.external_user_id) == (cast.course, Role.STUDENT, "17")
    assert place.section == Section.objects.get(course=cast.course, name="А")
    assert Event.objects.filter(type="person.invited", data={"user_id": vera.public_id}).exists()


def test_the_same_table_a_second_time_changes_nothing(cast: Cast):
    text = "ФИО;Почта;Группа\nЁлкина Вера;vera@example.org;А"
    add(cast, text)
    before = User.objects.count()

    again = add(cast, text)

    assert again.count("same") == 1
    assert User.objects.count() == before
    assert Event.objects.filter(type="person.invited").count() == 1


def test_known_people_are_recognised_by_e_mail_or_log_in_and_keep_what_is_theirs(cast: Cast):
    known = person_ensure(username="vera", password="a long one of my own", last_name="Ёлкина", first_name="Вера")
    known.email = "vera@example.org"
    known.save()

    done = add(cast, "name,email\nSomebody Else,VERA@example.org")

    assert [step.what for step in done.steps] == ["join"]
    known.refresh_from_db()
    assert (known.display_name(), known.email) == ("Ёлкина Вера", "vera@example.org")
    assert known.check_password("a long one of my own")
    assert not Event.objects.filter(type="person.invited").exists()


def test_who_is_here_already_is_moved_to_the_section_of_the_table(cast: Cast):
    done = add(cast, "log-in,section\nstudent,B")

    assert [step.what for step in done.steps] == ["change"]
    assert Enrolment.objects.get(user=cast.student).section == Section.objects.get(name="B")


def test_every_problem_is_named_with_its_line_and_nothing_is_half_done(cast: Cast):
    enrolment_ensure(user=cast.classmate, course=cast.course, external_user_id="77")
    for login in ("one", "two"):
        twin = person_ensure(username=login, password=None)
        twin.email = "twins@example.org"
        twin.save()
    people = User.objects.count()
    text = """name,e-mail,log-in,id
Good One,good@example.org,,
,nameless@example.org,,
No Address,,,
Bad Mail,bad@,,
Bad Name,,bad name,
Good Again,good@example.org,,
Twin,twins@example.org,,
Teacher,,teacher,
Number,number@example.org,,77
Mixed Up,twins@example.org,student,
"""
    with pytest.raises(RosterRefused) as refused:
        add(cast, text)

    found = problems(refused.value.plan)
    assert list(found) == [3, 4, 5, 6, 7, 8, 9, 10, 11]
    assert found[3] == ["The name is missing."]
    assert found[7] == ["The same e-mail stands in line 2."]
    assert "another role" in found[9][0]
    assert "classmate" in found[10][0]
    assert User.objects.count() == people
    assert not Section.objects.exists()


def test_a_table_that_names_nobody_says_what_it_needs(cast: Cast):
    assert "nobody in it" in plan(cast, "name,email\n").problems[0]
    assert "No column holds" in plan(cast, "name\nAnna\nBoris").problems[0]
    assert "501 people" in plan(cast, "\n".join(f"p{number}@example.org" for number in range(501))).problems[0]


def test_a_wrong_guess_is_corrected_by_hand(cast: Cast):
    text = "Анна;анна;anna@example.org"

    assert plan(cast, text, columns=["first_name", "username", "email"]).steps[0].person.username == "анна"


def test_two_rows_that_mean_one_account_are_found(cast: Cast):
    cast.student.email = "anna@example.org"
    cast.student.save()

    found = problems(plan(cast, "e-mail,log-in\nanna@example.org,\n,student"))

    assert found == {3: ["The same person stands in line 2."]}


def test_a_table_gives_nobody_elses_account_another_e_mail(cast: Cast):
    with pytest.raises(RosterRefused):
        add(cast, "log-in,e-mail,name\nadmin,mine@example.org,X Y\nother_teacher,mine2@example.org,X Y")

    cast.admin.refresh_from_db()
    cast.other_teacher.refresh_from_db()
    assert (cast.admin.email, cast.other_teacher.email) == ("", "")
    assert cast.other_teacher.display_name() == "other_teacher"


def test_an_account_that_nobody_used_takes_name_and_e_mail_from_the_table(cast: Cast):
    add(cast, "log-in,e-mail,name\nstudent,anna@example.org,Смирнова Анна")

    cast.student.refresh_from_db()
    assert (cast.student.display_name(), cast.student.email) == ("Смирнова Анна", "anna@example.org")


def test_a_number_of_the_lms_stays_one_persons(cast: Cast):
    with pytest.raises(RosterRefused):
        add(cast, "log-in,id\nstudent,lms-classmate")

    assert Enrolment.objects.get(user=cast.student).external_user_id == "lms-student"


def test_five_hundred_people_take_a_few_seconds_and_no_more_queries_than_five(cast: Cast, django_assert_max_num_queries: Any):
    def table(first: int, number: int) -> str:
        rows = (f"Фамилия{n} Имя;p{n}@example.org;Группа {n % 9};{n}" for n in range(first, first + number))
        return "ФИО;Почта;Группа;ID\n" + "\n".join(rows)

    with django_assert_max_num_queries(24):
        add(cast, table(0, 5))
    began = time.monotonic()
    with django_assert_max_num_queries(24):
        add(cast, table(1000, 500))

    assert time.monotonic() - began < 10
    assert Enrolment.objects.filter(course=cast.course, section__isnull=False).count() == 505
