"""A notebook is looked over before an attempt is spent: in the page by itself, and without JavaScript when the form is sent."""

from __future__ import annotations

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from assignments.models import Assignment
from grader.submissions.models import Draft, Submission
from tests.pages.test_assignment import ADDRESS, typed, upload
from tests.pages.world import NOTEBOOK, hand_in

HTMX = {"HTTP_HX_REQUEST": "true"}


def of_cells(*cells: str) -> bytes:
    return json.dumps({"nbformat": 4, "cells": [{"cell_type": "code", "source": cell} for cell in cells]}).encode()


def tokens(page: str) -> list[str]:
    return [part.split('"')[0] for part in page.split('name="seen" value="')[1:]]


ODD = of_cells("from google.colab import drive\ndrive.mount('/content/drive')", "model = 1")


def test_a_chosen_file_is_told_about_and_kept_and_no_attempt_is_used(world, at):
    client = at(world.student)

    said = client.post(ADDRESS, typed(notebook=upload(NOTEBOOK)), **HTMX)

    assert said.status_code == 200
    assert "<html" not in said.text
    assert "2 cells with code" in said.text
    assert "not handed in yet" in said.text
    assert tokens(said.text) == []
    assert not Submission.objects.exists()
    assert "We have kept your file “mine.ipynb”" in client.get(ADDRESS).text


def test_every_doubt_is_said_at_once_each_with_its_cells(world, at):
    said = at(world.student).post(ADDRESS, typed(notebook=upload(ODD)), **HTMX).text

    assert "Cell 1." in said
    assert "your Google account" in said
    assert "No cell seems to train a model" in said
    assert len(tokens(said)) == 2


def test_what_was_asked_in_the_page_is_not_asked_again_when_it_is_sent(world, at):
    client = at(world.student)
    seen = tokens(client.post(ADDRESS, typed(notebook=upload(ODD)), **HTMX).text)

    sent = client.post(ADDRESS, typed(notebook=upload(ODD), seen=seen))

    assert sent.status_code == 302
    assert Submission.objects.count() == 1


def test_without_javascript_it_is_asked_after_the_form_was_sent_and_taken_when_it_is_sent_again(world, at):
    client = at(world.student)

    asked = client.post(ADDRESS, typed(notebook=upload(ODD)))
    assert asked.status_code == 422
    assert "please look at 2 things" in asked.text
    assert "Hand in anyway</button>" in asked.text
    assert not Submission.objects.exists()
    taken = client.post(ADDRESS, typed(seen=tokens(asked.text)))  # the file is kept: nobody chooses it twice

    assert taken.status_code == 302
    assert Submission.objects.get().notebook_name == "mine.ipynb"


def test_an_answer_to_a_question_about_one_file_does_not_answer_for_another(world, at):
    client = at(world.student)
    seen = tokens(client.post(ADDRESS, typed(notebook=upload(ODD))).text)

    other = client.post(ADDRESS, typed(notebook=upload(ODD.replace(b"model = 1", b"model = 2")), seen=seen))

    assert other.status_code == 422
    assert not Submission.objects.exists()


@pytest.mark.parametrize(("text", "asked"), [("1,000", "Is it 1 or 1000?"), ("about a half", "We can read no number here")])
def test_a_number_that_can_be_read_in_two_ways_or_in_none_is_asked_back_beside_its_field(world, at, text, asked):
    client = at(world.student)

    page = client.post(ADDRESS, typed(notebook=upload(NOTEBOOK), **{"answer-1.4": text}))
    assert page.status_code == 422
    beside = page.text.split('id="answer-1-4-asked">')[1].split("</p>")[0]
    assert asked in beside
    assert 'aria-describedby="answer-1-4-asked"' in page.text
    again = client.post(ADDRESS, typed(seen=tokens(page.text), **{"answer-1.4": text}))

    assert again.status_code == 302


@pytest.mark.parametrize("name", ["mine.ipynb.txt", "mine.ipynb.json", "mine", "Безымянный.ipynb", "x" * 300])
def test_a_file_is_judged_by_what_is_in_it_and_not_by_its_name(world, at, name):
    file = SimpleUploadedFile(name, NOTEBOOK, "application/octet-stream")

    assert at(world.student).post(ADDRESS, typed(notebook=file)).status_code == 302


def test_a_link_to_colab_gets_three_pictures_of_how_to_download(world, at):
    link = "https://colab.research.google.com/drive/1abc"
    by_field = at(world.student).post(ADDRESS, typed(**{"notebook-link": link}))
    by_file = at(world.student).post(ADDRESS, typed(notebook=upload(f"[InternetShortcut]\nURL={link}".encode())))
    in_answer = at(world.student).post(ADDRESS, typed(notebook=upload(NOTEBOOK), **{"answer-1.5": link}))

    for page in (by_field, by_file):
        assert page.status_code == 422
        told = page.text.split('id="preflight"')[1].split("</section>")[0]
        assert told.count("<svg") >= 3
        assert "This is a link" in told
    assert "We do not open links" in in_answer.text


def test_what_is_typed_is_kept_as_it_comes_and_the_kept_file_stays(world, at):
    client = at(world.student)
    client.post(ADDRESS, typed(notebook=upload(NOTEBOOK)), **HTMX)

    kept = client.post(ADDRESS, typed(**{"answer-1.5": "half a thought"}), **HTMX)

    assert kept.status_code == 204
    draft = Draft.objects.get()
    assert draft.answers["1.5"] == "half a thought"
    assert draft.notebook_name == "mine.ipynb"


@pytest.mark.parametrize("who", ["classmate", "teacher", "assistant", "admin"])
def test_a_draft_is_its_owners_and_those_who_teach_keep_none(world, at, who):
    at(world.student).post(ADDRESS, typed(notebook=upload(NOTEBOOK)), **HTMX)

    assert "mine.ipynb" not in at(world.cast[who]).get(ADDRESS).text
    at(world.cast[who]).post(ADDRESS, typed(), **HTMX)
    assert Draft.objects.count() == (2 if who == "classmate" else 1)


def test_another_courses_teacher_is_told_nothing(world, at):
    assert at(world.other_teacher).post(ADDRESS, typed(notebook=upload(NOTEBOOK)), **HTMX).status_code == 404


def test_a_closed_door_keeps_no_draft(world, at):
    Assignment.objects.filter(slug="everything").update(closes_at=timezone.now())

    assert at(world.student).post(ADDRESS, typed(notebook=upload(NOTEBOOK)), **HTMX).status_code == 200
    assert not Draft.objects.exists()


def test_the_break_between_attempts_and_when_it_ends_are_shown(world, at):
    Assignment.objects.filter(slug="everything").update(cool_down_s=3600)
    hand_in(world)

    page = at(world.student).get(ADDRESS).text

    assert "a break of 1 h after each" in page
    assert "The next from" in page
    assert "You can hand in the next one in" in page
