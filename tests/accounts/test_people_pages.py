"""The pages of a course's people, each tried as everybody of the cast, and what their forms do."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from grader.accounts.models import Enrolment, Role, Section, User
from grader.accounts.passwords import password_path
from grader.accounts.services import enrolment_ensure, person_ensure
from grader.events.models import Event
from tests.accounts.test_sections import a_section, limit
from tests.factories import Cast

PEOPLE = ("student", "classmate", "teacher", "other_teacher", "assistant", "limited", "admin")
TABLE = "ФИО;Почта;Группа\nЁлкина Вера;vera@example.org;А\nОрлов Глеб;gleb@example.org;Б"


@pytest.fixture
def limited(cast: Cast) -> User:
    """An assistant who sees the section of the student alone."""
    user = person_ensure(username="limited", password=None)
    enrolment = enrolment_ensure(user=user, course=cast.course, role=Role.ASSISTANT)
    enrolment.limited_to.set([a_section(cast, "Mine", cast.student)])
    return user


def url(name: str, *args: str) -> str:
    return reverse(f"people:{name}", args=["small", *args])


@pytest.mark.parametrize("who", PEOPLE)
def test_each_page_opens_to_those_it_is_for(cast: Cast, limited: User, at: Any, who: str):
    client = at(limited if who == "limited" else getattr(cast, who))
    person = cast.classmate.public_id
    section = Section.objects.get().public_id
    reads = {"course": url("course")}
    manages = {"add": url("add"), "sections": url("sections"), "member": url("member", person), "remove": url("remove", person)}
    posts = {
        "bulk": url("bulk"),
        "section_add": url("section_add"),
        "section": url("section", section),
        "link": url("link", person),
    }

    got = {name: client.get(path).status_code for name, path in (reads | manages).items()}
    sent = {name: client.post(path).status_code for name, path in posts.items()}

    outside = 404 if who in {"student", "classmate", "other_teacher"} else None
    assert got["course"] == (outside or 200)
    refused = outside or (403 if who in {"assistant", "limited"} else None)
    assert {got[name] for name in manages} == {refused or 200}
    assert {code in {302, 422} for code in sent.values()} == {True} if refused is None else set(sent.values()) == {refused}


def test_a_stranger_is_asked_to_log_in_everywhere(cast: Cast, at: Any):
    for path in (url("course"), url("add"), url("sections"), url("member", cast.student.public_id)):
        assert at(None).get(path)["Location"].startswith("/login/?next=")


def test_the_list_shows_a_limited_assistant_their_students_alone(cast: Cast, limited: User, at: Any):
    page = at(limited).get(url("course")).text
    assert ">student<" in page
    assert "classmate" not in page

    whole = at(cast.assistant).get(url("course")).text
    assert "classmate" in whole


def test_the_list_is_narrowed_by_name_role_section_and_whether_they_came(cast: Cast, at: Any):
    cast.student.last_name, cast.student.first_name, cast.student.email = "Ёлкина", "Вера", "vera@example.org"
    cast.student.save()
    section = a_section(cast, "A", cast.student)
    client = at(cast.teacher)

    def shown(query: str) -> set[str]:
        page = client.get(url("course") + query).text
        return {name for name in ("Ёлкина Вера", "classmate", "assistant") if f">{name}</a>" in page}

    assert shown("") == {"Ёлкина Вера", "classmate", "assistant"}
    assert (
        shown("?q=елкина") == shown("?q=Вера Ё") == shown("?q=VERA@") == shown(f"?section={section.public_id}") == {"Ёлкина Вера"}
    )
    assert shown("?role=assistant") == {"assistant"}
    assert shown("?section=none") == {"classmate"}
    assert "Nobody matches" in client.get(url("course") + "?q=nobody%00").text


def test_the_list_takes_as_many_queries_for_many_as_for_few(cast: Cast, at: Any, django_assert_max_num_queries: Any):
    client = at(cast.teacher)
    for number in range(40):
        enrolment_ensure(user=person_ensure(username=f"p{number}", password=None), course=cast.course)

    with django_assert_max_num_queries(12):
        client.get(url("course"))


def test_a_pasted_table_is_shown_first_and_added_then(cast: Cast, at: Any):
    client = at(cast.teacher)
    shown = client.post(url("add"), {"text": TABLE, "role": "student", "do": "read"})
    assert shown.status_code == 200
    assert "Nothing is done yet" in shown.text
    assert "New sections: А, Б" in shown.text
    assert not User.objects.filter(username="vera@example.org").exists()

    done = client.post(url("add"), {"text": TABLE, "role": "student", "do": "add", "invite": "1"}, follow=True)

    assert "Done: 2 new accounts." in done.text
    assert Enrolment.objects.get(user__username="vera@example.org").section.name == "А"  # type: ignore[union-attr]  # it has one
    assert Event.objects.filter(type="person.invited").count() == 2


def test_problems_are_listed_with_links_to_their_lines_and_the_text_stays(cast: Cast, at: Any):
    text = TABLE + "\nБез Почты;;В"

    answer = at(cast.teacher).post(url("add"), {"text": text, "do": "add"})

    assert answer.status_code == 422
    assert '<a href="#line-4">Line 4</a>: An e-mail or a log-in is missing.' in answer.text
    assert "Без Почты;;В</textarea>" in answer.text
    assert 'value="add"' not in answer.text
    assert not Section.objects.exists()


def test_a_file_of_excels_csv_is_read_and_an_excel_file_explained(cast: Cast, at: Any):
    client = at(cast.teacher)
    csv = SimpleUploadedFile("class.csv", TABLE.encode("cp1251"))
    xlsx = SimpleUploadedFile("class.xlsx", b"PK\x03\x04 and so on")

    assert "Ёлкина Вера" in client.post(url("add"), {"file": csv}).text
    answer = client.post(url("add"), {"file": xlsx})
    assert answer.status_code == 422
    assert "Save it as CSV" in answer.text
    assert "Choose a file" in client.post(url("add"), {}).text


def test_a_wrong_guess_is_corrected_in_the_preview(cast: Cast, at: Any):
    fields = {"text": "Anna Smith;anna@example.org", "column0": "section", "column1": "email"}

    answer = at(cast.teacher).post(url("add"), fields)

    assert answer.status_code == 422
    assert "The name is missing." in answer.text


def test_names_with_markup_are_shown_as_they_are(cast: Cast, at: Any):
    text = "name;email\n<img src=x onerror=alert(1)>;x@example.org"
    client = at(cast.teacher)

    client.post(url("add"), {"text": text, "do": "add"})

    assert "<img src=x" not in client.get(url("course")).text
    assert "&lt;img src=x onerror=alert(1)&gt;" in client.get(url("course")).text


def test_a_section_is_added_opened_closed_and_removed(cast: Cast, at: Any):
    client = at(cast.teacher)
    client.post(url("section_add"), {"name": "Group A"})
    section = Section.objects.get(name="Group A")
    assert "closed: nobody can join" in client.get(url("sections")).text
    change = url("section", section.public_id)

    client.post(change, {"do": "open"})
    section.refresh_from_db()
    first = section.join_code
    assert len(first) == 20
    assert f"http://testserver/join/{first}/" in client.get(url("sections")).text
    client.post(change, {"do": "open"})
    section.refresh_from_db()
    assert section.join_code not in {"", first}
    assert at(None).get(reverse("join", args=[first])).status_code == 404
    client.post(change, {"do": "close"})
    client.post(change, {"do": "rename", "name": "Group B"})
    section.refresh_from_db()
    assert (section.name, section.join_code) == ("Group B", "")
    client.post(change, {"do": "remove"})

    assert not Section.objects.filter(name="Group B").exists()


def test_two_sections_share_no_name_and_one_with_people_stays(cast: Cast, at: Any):
    section = a_section(cast, "A", cast.student)
    client = at(cast.teacher)

    again = client.post(url("section_add"), {"name": "a"})
    assert again.status_code == 422
    assert "There is a section “a” already." in again.text
    assert client.post(url("section_add"), {"name": " \x00 "}).status_code == 422
    assert client.post(url("section", section.public_id), {"do": "remove"}).status_code == 422
    assert Section.objects.filter(pk=section.pk).exists()


def test_another_courses_section_is_not_found(cast: Cast, at: Any):
    foreign = Section.objects.create(course=cast.other_course, name="X")

    assert at(cast.teacher).post(url("section", foreign.public_id), {"do": "open"}).status_code == 404
    moved = at(cast.teacher).post(url("bulk"), {"who": cast.student.public_id, "do": "move", "section": foreign.public_id})
    assert moved.status_code == 404


def test_ticked_people_are_moved_and_invited(cast: Cast, at: Any):
    section = a_section(cast, "A")
    cast.student.email = "anna@example.org"
    cast.student.save()
    client = at(cast.teacher)
    ticked = {"who": [cast.student.public_id, cast.classmate.public_id], "back": "?q=a"}

    moved = client.post(url("bulk"), {**ticked, "do": "move", "section": section.public_id})
    invited = client.post(url("bulk"), {**ticked, "do": "invite"}, follow=True)

    assert moved["Location"] == url("course") + "?q=a"
    assert section.members.count() == 2
    assert "A link goes to 1 person." in invited.text
    assert "Nobody was ticked" in client.post(url("bulk"), {"do": "invite"}, follow=True).text


def test_a_teacher_makes_a_limited_assistant_of_a_student(cast: Cast, at: Any):
    section = a_section(cast, "A", cast.classmate)
    fields = {"role": "assistant", "section": "", "external_user_id": "x1", "limited_to": [section.public_id]}

    at(cast.teacher).post(url("member", cast.student.public_id), fields)

    enrolment = Enrolment.objects.get(user=cast.student)
    assert (enrolment.role, enrolment.external_user_id, list(enrolment.limited_to.all())) == (Role.ASSISTANT, "x1", [section])
    assert f'value="{section.public_id}" checked' in at(cast.teacher).get(url("member", cast.student.public_id)).text
    told = Event.objects.get(type="role.changed").data
    assert (told["role_from"], told["role_to"], told["by"]) == ("student", "assistant", cast.teacher.public_id)


def test_nobody_takes_their_own_role_away(cast: Cast, at: Any):
    client, me = at(cast.teacher), cast.teacher.public_id

    answer = client.post(url("member", me), {"role": "student", "external_user_id": "lms-teacher"})
    client.post(url("remove", me))

    assert answer.status_code == 422
    assert "Another teacher can" in answer.text
    assert Enrolment.objects.get(user=cast.teacher).role == Role.TEACHER


def test_an_id_that_somebody_else_has_is_refused_beside_its_field(cast: Cast, at: Any):
    answer = at(cast.teacher).post(
        url("member", cast.student.public_id), {"role": "student", "external_user_id": "lms-classmate"}
    )

    assert answer.status_code == 422
    assert 'id="id_external_user_id_error"' in answer.text
    assert Enrolment.objects.get(user=cast.student).external_user_id == "lms-student"


def test_who_is_taken_out_no_longer_opens_the_course_and_their_work_stays(cast: Cast, at: Any):
    from grader.gradebook.models import Grade
    from tests.factories import graded

    graded(cast)
    client = at(cast.teacher)
    assert "Take student out" in client.get(url("remove", cast.student.public_id)).text

    client.post(url("remove", cast.student.public_id))

    assert at(cast.student).get("/courses/small/lab/").status_code == 404
    assert Grade.objects.filter(student=cast.student).exists()


def test_a_link_is_shown_only_for_an_account_that_nobody_used(cast: Cast, at: Any):
    client = at(cast.teacher)
    link = url("link", cast.student.public_id)
    assert "/password/set/" in client.post(link, {"do": "show"}).text

    cast.student.set_password("a long one of my own")
    cast.student.save()
    assert "/password/set/" not in client.post(link, {"do": "show"}, follow=True).text


def test_no_link_is_shown_to_somebody_who_matters_elsewhere(cast: Cast, at: Any):
    """Whoever may add people could else become a teacher of another course, or the admin."""
    for user in (cast.other_teacher, cast.admin):
        enrolment_ensure(user=user, course=cast.course)
        page = at(cast.teacher).post(url("link", user.public_id), {"do": "show"}, follow=True)
        assert "/password/set/" not in page.text
        assert password_path(user).startswith("/password/set/")


def test_a_limit_is_read_back_for_assistants_alone(cast: Cast, at: Any):
    section = a_section(cast, "A")
    limit(cast, section)
    fields = {"role": "teacher", "limited_to": [section.public_id], "external_user_id": ""}

    at(cast.teacher).post(url("member", cast.assistant.public_id), fields)

    assert not Enrolment.objects.get(user=cast.assistant).limited_to.exists()
