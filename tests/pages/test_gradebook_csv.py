"""Grades out as CSV, and in again: with a preview, every line's problem, and all or nothing."""

from __future__ import annotations

import csv
import io
import re
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from grader.accounts.models import Enrolment, Section, User
from grader.gradebook.models import Grade, GradeChange
from grader.gradebook.services import grade_ensure

BOOK = "/courses/zoo/gradebook/"


def rows_of(response, delimiter: str) -> list[list[str]]:
    text = response.content.decode("utf-8")
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff")), delimiter=delimiter))


def send(client, text: str | bytes, **more):
    raw = text.encode() if isinstance(text, str) else text
    return client.post(f"{BOOK}import", {"file": SimpleUploadedFile("grades.csv", raw), **more})


def orders_in(page) -> str:
    found = re.search(r'name="orders" value="([^"]*)"', page.text)
    assert found is not None
    return found[1]


def test_a_spreadsheet_in_russian_gets_semicolons_and_commas(whole_class, at):
    response = at(whole_class.teacher, "ru").get(f"{BOOK}export.csv")

    head, *rows = rows_of(response, ";")
    anna = next(row for row in rows if row[0] == "Ёлкина Анна")
    assert response.content.startswith(b"\xef\xbb\xbf")
    assert head[:4] == ["Студент", "Логин", "Идентификатор в LMS", "Секция"]
    assert head[-1] == "Всего" and len(head) == 7
    half = next(row for row in rows if "," in row[-1])
    assert re.fullmatch(r"\d+,\d+", half[-1])
    assert (anna[1], anna[4]) == ("anna", "6")


def test_one_in_english_gets_commas_and_points(whole_class, at):
    head, *rows = rows_of(at(whole_class.teacher).get(f"{BOOK}export.csv"), ",")

    assert head[0] == "Student"
    assert any(re.fullmatch(r"\d+\.\d+", row[-1]) for row in rows)


def test_an_export_is_narrowed_as_the_page_is(whole_class, at):
    client = at(whole_class.teacher)

    narrowed = rows_of(client.get(f"{BOOK}export.csv", {"name": "елк"}), ",")
    chosen = client.post(f"{BOOK}bulk", {"action": "export", "s": whole_class.classmate.public_id, "wanted": ""})

    assert [row[0] for row in narrowed[1:]] == ["Ёлкина Анна"]
    assert [row[0] for row in rows_of(chosen, ",")[1:]] == ["Яковлев Борис"]


@pytest.mark.parametrize("name", ["=1+1", "+7", "-2", "@sum", "\t=1"])
def test_a_name_that_a_spreadsheet_would_run_is_made_harmless(world, at, name):
    User.objects.filter(pk=world.student.pk).update(last_name=name, first_name="")

    names = [row[0] for row in rows_of(at(world.teacher).get(f"{BOOK}export.csv"), ",")[1:]]

    assert not any(one.startswith(("=", "+", "-", "@", "\t")) for one in names)


def test_raw_is_for_programs_whoever_asks(whole_class, at):
    response = at(whole_class.teacher, "ru").get(f"{BOOK}export.csv", {"kind": "raw"})

    head, *rows = rows_of(response, ",")
    assert not response.content.startswith(b"\xef\xbb\xbf")
    assert head[:6] == ["student_id", "username", "external_user_id", "section", "assignment", "score"]
    assert len(rows) == Grade.objects.filter(assignment__course=whole_class.course).count()
    assert ["6.00", "6.00"] in [row[5:7] for row in rows]


def test_a_list_that_comes_back_unchanged_changes_nothing(whole_class, at):
    for language in ("ru", "en"):
        client = at(whole_class.teacher, language)
        text = client.get(f"{BOOK}export.csv", {"kind": "list"}).content

        page = send(client, text)

        assert page.status_code == 200
        assert 'name="orders"' not in page.text
        assert ("There is nothing to change" if language == "en" else "Менять нечего") in page.text


def test_changed_points_are_shown_first_and_then_set_with_one_reason(whole_class, at):
    client = at(whole_class.teacher, "ru")

    page = send(client, "Логин;Задание;Баллы\nanna;everything;5,5\nboris;quiz;1\n")
    before = Grade.objects.get(student=whole_class.student, assignment=whole_class.everything).score
    done = client.post(f"{BOOK}import/apply", {"orders": orders_in(page), "reason": "Устный зачёт"})

    assert "Изменятся 2 оценки" in page.text
    assert before == 6
    assert done.status_code == 302
    anna = Grade.objects.get(student=whole_class.student, assignment=whole_class.everything)
    boris = Grade.objects.get(student=whole_class.classmate, assignment=whole_class.quiz)
    assert (anna.score, boris.score) == (Decimal("5.50"), Decimal("1.00"))
    assert set(GradeChange.objects.filter(reason="override").values_list("comment", flat=True)) == {"Устный зачёт"}


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("nobody;everything;1", "Nobody whose work you see has the username “nobody”"),
        ("vera;everything;1", "Nobody whose work you see"),  # the teacher is no student
        ("anna;nothing;1", "no assignment “nothing”"),
        ("anna;everything;lots", "“lots” is not a number"),
        ("anna;everything;7", "from 0 to 6"),
        ("anna;everything;NaN", "from 0 to 6"),
        ("anna;everything;1\nanna;everything;2", "Line 2 is about the same grade"),
    ],
)
def test_each_line_that_can_not_be_taken_says_why_and_where(whole_class, at, line, says):
    page = send(at(whole_class.teacher), f"username;assignment;score\n{line}\nboris;everything;1\n")

    assert says in page.text
    assert '<th scope="row">2</th>' in page.text or '<th scope="row">3</th>' in page.text
    assert 'name="orders"' not in page.text  # nothing of the file can be applied before it is mended


def test_a_grade_that_moved_since_the_export_is_a_conflict(whole_class, at):
    grade = Grade.objects.get(student=whole_class.student, assignment=whole_class.everything)

    page = send(at(whole_class.teacher), f"username,assignment,score,version\nanna,everything,1,{grade.version - 1}\n")

    assert "Conflict: the grade has changed since the file was made. It is 6 now." in page.text
    assert 'name="orders"' not in page.text


def test_a_grade_that_moves_after_the_preview_stops_all_of_it(whole_class, at):
    client = at(whole_class.teacher)
    page = send(client, "username,assignment,score\nanna,everything,1\nboris,everything,2\n")
    boris = Grade.objects.get(student=whole_class.classmate, assignment=whole_class.everything)
    override = {"score": "4", "reason": "faster", "seen": boris.version}
    at(whole_class.assistant).post(f"{BOOK}{whole_class.classmate.public_id}/everything/override", override)

    done = client.post(f"{BOOK}import/apply", {"orders": orders_in(page), "reason": "x"})

    assert done.status_code == 422
    assert "Nothing was changed: the grade of Яковлев Борис in everything has moved" in done.text
    assert Grade.objects.get(student=whole_class.student, assignment=whole_class.everything).score == 6


def test_without_a_reason_nothing_is_set_and_the_preview_is_kept(whole_class, at):
    client = at(whole_class.teacher)
    orders = orders_in(send(client, "username,assignment,score\nanna,everything,1\n"))

    page = client.post(f"{BOOK}import/apply", {"orders": orders, "reason": " "})

    assert page.status_code == 422
    assert orders_in(page) == orders
    assert not GradeChange.objects.filter(reason="override").exists()


def test_a_preview_of_another_person_or_a_changed_one_is_not_taken(whole_class, at):
    orders = orders_in(send(at(whole_class.teacher), "username,assignment,score\nanna,everything,1\n"))

    stolen = at(whole_class.assistant).post(f"{BOOK}import/apply", {"orders": orders, "reason": "x"})
    changed = at(whole_class.teacher).post(f"{BOOK}import/apply", {"orders": orders[:-1] + "A", "reason": "x"})

    assert (stolen.status_code, changed.status_code) == (422, 422)
    assert not GradeChange.objects.filter(reason="override").exists()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1251"])
def test_files_of_all_the_usual_encodings_are_read(whole_class, at, encoding):
    page = send(at(whole_class.teacher), "Логин\tЗадание\tБаллы\r\nanna\teverything\t1\r\n".encode(encoding))

    assert "1 grade would change" in page.text


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"", "Missing: Username, Assignment, Points"),
        (b"name;points\nx;1\n", "Missing: Username"),
        (b"PK\x03\x04\x14\x00\x06\x00", "Save it as CSV"),
        (b'username,assignment,score\n"anna\n' + b"x" * 200_000, "Save it as CSV"),
    ],
)
def test_what_is_no_table_is_refused_in_words(whole_class, at, raw, says):
    page = send(at(whole_class.teacher), raw) if raw else at(whole_class.teacher).post(f"{BOOK}import", {"pasted": "x"})

    assert page.status_code == 422
    assert says in page.text


def test_a_limited_assistant_takes_out_and_puts_in_their_students_only(whole_class, at):
    section = Section.objects.create(course=whole_class.course, name="A")
    Enrolment.objects.get(user=whole_class.assistant).limited_to.set([section])
    Enrolment.objects.filter(user=whole_class.classmate).update(section=section)
    grade_ensure(whole_class.classmate, whole_class.quiz)
    client = at(whole_class.assistant)

    for kind in ("table", "list", "raw"):
        text = client.get(f"{BOOK}export.csv", {"kind": kind}).text
        assert "boris" in text and "anna" not in text, kind
    page = send(client, "username,assignment,score\nanna,everything,1\nboris,everything,1\n")
    assert "Nobody whose work you see has the username “anna”" in page.text


@pytest.mark.parametrize("person", ["student", "classmate", "other_teacher"])
def test_nobody_else_gets_or_sends_grades(whole_class, at, person):
    client = at(whole_class.cast[person])

    assert client.get(f"{BOOK}export.csv", {"kind": "raw"}).status_code == 404
    assert send(client, "username,assignment,score\nanna,everything,1\n").status_code == 404
    assert client.post(f"{BOOK}import/apply", {"orders": "x"}).status_code == 404
    assert client.post(f"{BOOK}bulk", {"action": "export"}).status_code == 404
