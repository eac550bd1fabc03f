from __future__ import annotations

import re

from django.db import connection
from django.urls import reverse

from grader.accounts.models import Role
from grader.submissions import waiting
from grader.submissions.models import WorkerPresence
from tests.pages.world import enrol, graded, hand_in, newest_run, person, record, running


def show(submission):
    return reverse("submissions:show", args=[submission.public_id])


def progress(submission):
    return reverse("submissions:progress", args=[submission.public_id])


def test_a_waiting_submission_says_how_many_are_before_it(world, at):
    WorkerPresence.objects.create(name="w", queues=["grade.gpu"])
    hand_in(world, world.classmate)
    mine = hand_in(world)

    page = at(world.student).get(show(mine)).text

    assert "1 submission ahead of this one." in page
    assert 'aria-current="step">In the queue' in page


def test_with_no_worker_alive_the_page_says_that_nothing_is_lost(world, at):
    page = at(world.student).get(show(hand_in(world))).text

    assert "No worker is running just now." in page


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


def test_a_queue_says_how_long_it_may_take_where_enough_is_known(world, at):
    WorkerPresence.objects.create(name="w", queues=["grade.cpu", "grade.gpu"])
    waiting._recent.clear()
    mine = hand_in(world)

    few = at(world.student).get(show(mine)).text
    for number in range(6):
        other = person(f"other{number}", "Past", "One")
        enrol(other, world.course, Role.STUDENT)
        run = newest_run(record(hand_in(world, other), graded()))
        with connection.cursor() as cursor:  # a finished run is frozen, so the clock is turned where the trigger does not look
            cursor.execute("SET session_replication_role = replica")
            cursor.execute("UPDATE submissions_run SET started_at = finished_at - interval '90 s' WHERE id = %s", [run.pk])
            cursor.execute("SET session_replication_role = DEFAULT")
    waiting._recent.clear()
    enough = at(world.student).get(show(mine)).text

    assert "too few works were graded here" in few
    assert "Its turn should come within 1 min 30 s." in enough
    assert "for eight of ten" in enough


def test_what_was_printed_first_and_last_is_shown_in_its_colours_with_what_is_left_out(world, at):
    page = at(world.student).get(show(running(hand_in(world)))).text

    assert "Downloading…" in page
    assert "… 1200 characters left out here" in page
    assert '<span class="ansi-bold">1875/1875</span>' in page
    assert 'role="log" aria-live="off"' in page


def test_epochs_are_drawn_and_told_in_numbers_as_the_notebook_s_own(world, at):
    page = at(world.student).get(show(running(hand_in(world)))).text

    assert "Training in cell 4, as your notebook prints it" in page
    assert page.count("<polyline") == 4
    assert '<th scope="row">3</th><td class="num">0.8668</td>' in page


def test_the_cell_has_its_time_and_its_limit(world, at):
    page = at(world.student).get(show(running(hand_in(world)))).text

    assert re.search(r"This cell: <span data-since>\d+ s</span> of at most 2 min", page)
    assert 'class="progress" max="12" value="6"' in page
