from __future__ import annotations

import re

from django.urls import reverse

from grader.submissions.models import WorkerPresence
from tests.pages.world import graded, hand_in, record, running


def show(submission):
    return reverse("submissions:show", args=[submission.public_id])


def progress(submission):
    return reverse("submissions:progress", args=[submission.public_id])


def test_a_waiting_submission_says_how_many_are_before_it(world, at):
    WorkerPresence.objects.create(name="w", queues=["grade.gpu"])
    hand_in(world, world.classmate)
    mine = hand_in(world)

    page = at(world.student).get(show(mine)).text

    assert "1 submission ahead of yours." in page
    assert 'aria-current="step">In the queue' in page


def test_with_no_worker_alive_the_page_says_that_nothing_is_lost(world, at):
    page = at(world.student).get(show(hand_in(world))).text

    assert "No worker is running just now" in page


def test_a_running_submission_names_its_cell_and_shows_the_last_output(world, at):
    page = at(world.student).get(show(running(hand_in(world)))).text

    assert "Running cell 7 of 12" in page
    assert "Epoch 3/5" in page
    assert "the notebook may take 5 min" in page


def test_output_of_a_notebook_cannot_become_markup(world, at):
    live = running(hand_in(world))
    live.runs.get().progress.__class__.objects.update(output_tail="<script>alert(1)</script>")

    assert "<script>alert" not in at(world.student).get(show(live)).text


def test_without_javascript_the_page_reloads_itself(world, at):
    page = at(world.student).get(show(hand_in(world))).text

    assert '<noscript><meta http-equiv="refresh" content="4"></noscript>' in page


def test_the_fragment_is_the_live_part_alone_in_parts_that_the_page_puts_in_place(world, at):
    fragment = at(world.student).get(progress(running(hand_in(world))))

    assert fragment.status_code == 200
    assert "<html" not in fragment.text
    assert re.findall(r'data-part="(\w+)"', fragment.text) == ["stage", "now", "curves", "log"]


def test_when_it_is_done_polling_stops_and_the_browser_goes_to_the_result(world, at):
    done = record(hand_in(world), graded())

    fragment = at(world.student).get(progress(done))

    assert fragment.status_code == 286
    assert fragment["HX-Redirect"] == reverse("results:show", args=[done.public_id])
    assert at(world.student).get(show(done))["Location"] == reverse("results:show", args=[done.public_id])


def test_a_stopped_submission_ends_on_a_page_that_says_so(world, at):
    live = running(hand_in(world))

    page = at(world.student).post(reverse("results:stop", args=[live.public_id]), follow=True)

    assert "Grading was stopped at the student's request" in page.text.replace("&#x27;", "'")


def test_a_look_takes_few_queries(world, at, django_assert_max_num_queries):
    live, client = running(hand_in(world)), at(world.student)
    client.get(progress(live))

    with django_assert_max_num_queries(6):
        client.get(progress(live))
