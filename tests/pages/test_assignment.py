"""The assignment's page and its form: whatever is wrong is said by its field, and nothing is lost."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from assignments.models import Assignment
from grader.submissions.models import Draft, Submission
from tests.pages.world import ANSWERS, NOTEBOOK, graded, hand_in, record

ADDRESS = "/courses/zoo/everything/"
MB = 1024 * 1024


def upload(content: bytes = NOTEBOOK, name: str = "mine.ipynb") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, "application/x-ipynb+json")


def typed(**more):
    """The fields of `ANSWERS` as the form sends them."""
    return {
        "answer-1.1": "smooth",
        "answer-1.2": ["weights", "rate"],
        "answer-1.3-chain": "derivative",
        "answer-1.3-graph": "derivative",
        "answer-1.4": "0,95",
        "answer-1.5": "Adam",
    } | more


def set_dates(**dates):
    Assignment.objects.filter(slug="everything").update(**dates)


def test_a_hand_in_keeps_every_kind_of_answer_and_leads_to_the_live_page(world, at):
    response = at(world.student).post(ADDRESS, typed(notebook=upload()))

    submission = Submission.objects.get()
    assert response["Location"] == reverse("submissions:show", args=[submission.public_id])
    assert submission.answers == ANSWERS
    assert submission.notebook_name == "mine.ipynb"


def test_typed_answers_alone_are_judged_at_once(world, at):
    response = at(world.student).post("/courses/zoo/quiz/", {"answer-2.1": "yes"}, follow=True)

    submission = Submission.objects.get()
    assert response.redirect_chain[-1][0] == reverse("results:show", args=[submission.public_id])
    assert submission.state == "graded"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"PK\x03\x04 a zip", "JSON"),
        (b"[1, 2]", "Jupyter"),
        (NOTEBOOK.replace(b"python", b"julia"), "julia"),
        (b'{"nbformat": 4, "cells": []}', "code"),
        (b'{"a":' * 5000, "nest"),
    ],
)
def test_a_file_that_is_no_python_notebook_is_refused_by_name_and_the_answers_stay(world, at, content, words):
    response = at(world.student).post(ADDRESS, typed(notebook=upload(content)))

    assert response.status_code == 422
    assert 'id="notebook-wrong"' in response.text
    assert words.casefold() in response.text.split('id="notebook-wrong">')[1].split("</p>")[0].casefold()
    assert 'value="0,95"' in response.text
    assert not Submission.objects.exists()


@pytest.mark.parametrize("size_mb", [11, 30])
def test_a_file_over_ten_megabytes_is_refused_with_its_size_and_the_answers_stay(world, at, size_mb):
    response = at(world.student).post(ADDRESS, {"notebook": upload(b"x" * size_mb * MB)} | typed())

    assert response.status_code == 422
    said = response.text.split('id="notebook-wrong">')[1].split("</p>")[0]
    assert str(size_mb) in said
    assert "10 MB" in said
    assert 'value="0,95"' in response.text
    assert 'value="weights" checked' in response.text
    assert 'value="smooth" checked' in response.text


def test_a_good_file_beside_a_bad_answer_is_kept_and_goes_with_the_next_try(world, at):
    client = at(world.student)

    refused = client.post(ADDRESS, typed(notebook=upload(), **{"answer-1.1": ""}))
    assert refused.status_code == 422
    assert "We have kept your file “mine.ipynb”" in refused.text
    again = client.get(ADDRESS)
    assert 'value="0,95"' in again.text  # a reload loses nothing either
    sent = client.post(ADDRESS, typed())

    assert sent.status_code == 302
    submission = Submission.objects.get()
    assert submission.notebook_name == "mine.ipynb"
    assert submission.notebook_digest
    assert not Draft.objects.exists()


def test_all_that_is_wrong_is_said_at_once_and_each_is_tied_to_its_field(world, at):
    response = at(world.student).post(ADDRESS, {"notebook": upload(b"no"), "answer-1.5": "x" * 5000})

    assert response.status_code == 422
    for field in ("answer-1-1", "answer-1-2", "answer-1-3", "answer-1-5", "notebook"):
        assert f'href="#{field}"' in response.text
        assert f'id="{field}-wrong"' in response.text
        assert f'aria-describedby="{field}-wrong"' in response.text
    assert "5 things need fixing" in response.text


def test_an_empty_form_is_told_what_to_do(world, at):
    response = at(world.student).post("/courses/zoo/quiz/", {})

    assert response.status_code == 422
    assert "This question needs an answer." in response.text


def test_two_clicks_are_one_attempt(world, at):
    client = at(world.student)

    first = client.post(ADDRESS, typed(notebook=upload()))
    second = client.post(ADDRESS, typed(notebook=upload()))

    assert first["Location"] == second["Location"]
    assert Submission.objects.count() == 1


def test_an_assignment_that_opens_later_shows_its_date_and_not_its_text(world, at):
    set_dates(opens_at=timezone.now() + timedelta(days=2))

    page = at(world.student).get(ADDRESS)
    assert "Not open yet" in page.text
    assert "1.1" not in page.text
    assert at(world.student).get(ADDRESS + "starter.ipynb").status_code == 404
    assert "1.1" in at(world.teacher).get(ADDRESS).text
    assert at(world.student).post(ADDRESS, typed()).status_code == 422
    assert not Submission.objects.exists()


@pytest.mark.parametrize("headers", [{}, {"HTTP_HX_REQUEST": "true"}])
def test_what_is_handed_in_before_it_opens_tells_nothing_of_what_is_asked(world, at, headers):
    set_dates(opens_at=timezone.now() + timedelta(days=2))
    odd = SimpleUploadedFile("odd.ipynb", b'{"nbformat": 4, "cells": [{"cell_type": "code", "source": "pass"}]}')

    said = at(world.student).post(ADDRESS, {"notebook": odd}, **headers)

    assert said.status_code == 422
    assert "Not open yet" in said.text
    for told in ("needs an answer", "train a model", "Not sent yet", "answer-"):
        assert told not in said.text
    assert not Draft.objects.exists()


def test_a_closed_assignment_says_so_and_takes_nothing(world, at):
    set_dates(closes_at=timezone.now() - timedelta(days=2))

    page = at(world.student).get(ADDRESS)
    refused = at(world.student).post(ADDRESS, typed(notebook=upload()))

    assert "This assignment is closed" in page.text
    assert "Hand in</button>" not in page.text
    assert refused.status_code == 422
    assert not Submission.objects.exists()


def test_of_several_attempts_the_one_that_counts_is_marked(world, at):
    record(hand_in(world), graded(full=True))
    record(hand_in(world, answers={"1.1": "smooth"}), graded())

    page = at(world.student).get("/courses/zoo/everything/").text

    rows = [row for row in page.split("<tr>") if "No. " in row]
    assert ['<span class="small">counts</span>' in row for row in rows] == [False, True]


def test_whoever_has_no_attempts_left_is_told_so_and_keeps_the_text(world, at):
    Assignment.objects.filter(slug="everything").update(attempts_allowed=1)
    record(hand_in(world), graded())

    page = at(world.student).get(ADDRESS)

    assert "No attempts are left" in page.text
    assert "1 of 1 used" in page.text
    assert "1.1" in page.text


def test_those_who_teach_see_the_page_without_the_button(world, at):
    page = at(world.teacher).get(ADDRESS)

    assert "You teach this course" in page.text
    assert "Hand in</button>" not in page.text


def test_the_page_shows_the_answers_of_the_last_attempt_so_that_nobody_types_them_twice(world, at):
    record(hand_in(world), graded())

    page = at(world.student).get(ADDRESS)

    assert 'value="0,95"' in page.text
    assert 'value="derivative" selected' in page.text


def test_the_starter_is_a_file_to_save(world, at):
    response = at(world.student).get(ADDRESS + "starter.ipynb")

    assert response["Content-Disposition"] == 'attachment; filename="zoo-everything.ipynb"'
    assert response["X-Content-Type-Options"] == "nosniff"


def test_the_text_is_in_the_readers_language(world, at):
    assert "Почему сигмоида" in at(world.student, "ru").get(ADDRESS).text
    assert "Why a sigmoid" in at(world.student, "en").get(ADDRESS).text


def test_formulas_are_mathml(world, at):
    page = at(world.student).get(ADDRESS).text

    assert "<math" in page
    assert "\\sigma" not in page


def test_the_page_takes_a_fixed_number_of_queries(world, at, django_assert_max_num_queries):
    client = at(world.student)
    client.get(ADDRESS)
    for number in range(4):
        record(hand_in(world, answers={"1.5": str(number)}), graded())

    with django_assert_max_num_queries(14):
        client.get(ADDRESS)
