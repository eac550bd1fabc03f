from __future__ import annotations

import re

from django.urls import reverse

from grader.gradebook.services import submission_stop
from tests.pages.world import NOTEBOOK, broken, graded, hand_in, newest_run, not_judged, quarantined, record


def page(at, user, submission, language="en"):
    return at(user, language).get(reverse("results:show", args=[submission.public_id])).text


def test_each_task_has_its_status_in_a_word_its_points_and_its_sentence(world, at):
    text = page(at, world.student, record(hand_in(world), graded()))

    for words in ("passed", "not passed", "partial", "awaiting review"):
        assert f"</span> {words}</span>" in text
    assert "1 + 0 + 0.5 + 0 + 0 + 0 = 1.5" in text
    assert "83" in text  # what was measured
    assert "118,016" in text or "118 016" in text


def test_the_sentences_are_in_the_readers_language_with_numbers_their_way(world, at):
    submission = record(hand_in(world), graded())

    russian = page(at, world.student, submission, "ru")

    assert "1 + 0 + 0,5 + 0 + 0 + 0 = 1,5" in russian
    assert re.search(r"118\s016", russian)


def test_the_page_names_the_model_that_was_judged(world, at):
    text = page(at, world.student, record(hand_in(world), graded()))

    assert "Judged on the model <code>model</code>" in text
    assert "Judged on the model <code>model2</code>" in text


def test_what_a_teacher_may_want_to_look_at_is_told_to_teachers_alone(world, at):
    submission = record(hand_in(world), graded())

    theirs, mine = page(at, world.teacher, submission), page(at, world.student, submission)

    assert "For teachers only" in theirs
    assert "fitted to the public test set" in theirs
    assert "fitted to" not in mine
    assert "For teachers only" not in mine


def test_an_exception_names_its_cell(world, at):
    text = page(at, world.student, record(hand_in(world), graded(error_in=5)))

    assert re.search(r"[Cc]ell 5", text)
    assert "NameError" in text


def test_a_broken_run_says_what_stopped_it_and_what_to_do(world, at):
    text = page(at, world.student, record(hand_in(world), broken()))

    assert "the run failed" in text
    assert re.search(r"[Cc]ell 7", text)


def test_what_we_could_not_judge_is_ours_retried_and_not_charged(world, at):
    submission = record(hand_in(world), not_judged())

    text = page(at, world.student, submission)

    assert "This is our fault, not yours." in text
    assert "We will try again automatically, and it does not use up an attempt." in text
    assert "Watch the new run" in text
    assert submission.charged is False


def test_a_second_try_that_its_student_stopped_reads_as_stopped(world, at):
    submission = record(hand_in(world), not_judged())
    submission_stop(submission, by=world.student)

    text = page(at, world.student, submission)

    assert "Grading was stopped" in text
    assert "This is our fault" not in text


def test_a_quarantined_submission_is_ours_too(world, at):
    text = page(at, world.student, quarantined(hand_in(world)))

    assert "crashed our worker three times" in text


def test_the_page_says_which_attempt_counts(world, at):
    first = record(hand_in(world), graded(full=True))
    second = record(hand_in(world, answers={"1.1": "fast"}), graded())

    assert "this one" in page(at, world.student, first)
    text = page(at, world.student, second)
    assert "The best attempt counts:" in text
    assert "this one" not in text


def test_the_teacher_sees_whose_it_is(world, at):
    submission = record(hand_in(world), graded())

    assert "<strong>Ёлкина Анна</strong> (anna)" in page(at, world.teacher, submission)
    assert "Ёлкина Анна</strong>" not in page(at, world.student, submission)


def test_the_receipt_says_what_it_was_judged_by(world, at):
    text = page(at, world.student, record(hand_in(world), graded()))

    assert "Receipt: how this was judged" in text
    assert "c" * 64 in text
    assert "bubblewrap, full" in text


def test_the_receipt_names_its_run_and_tells_those_who_teach_how_to_verify_it(world, at):
    submission = record(hand_in(world), graded())
    run_id = newest_run(submission).public_id

    assert f"manage.py receipt verify {run_id}" in page(at, world.teacher, submission)
    student = page(at, world.student, submission)
    assert run_id in student
    assert submission.public_id in student
    assert "manage.py" not in student


def test_the_executed_notebook_is_a_file_to_save_and_never_a_page(world, at):
    submission = record(hand_in(world), graded())

    response = at(world.student).get(reverse("results:notebook", args=[submission.public_id]))

    assert response.content == NOTEBOOK
    assert response["Content-Disposition"] == 'attachment; filename="zoo-everything-anna-1.ipynb"'
    assert response["Content-Type"] == "application/x-ipynb+json"
    assert response["X-Content-Type-Options"] == "nosniff"


def test_the_key_is_nowhere_on_the_page_of_whoever_got_it_wrong(world, at):
    submission = record(hand_in(world, answers={"1.1": "fast"}), graded())

    assert "The sigmoid is smooth" not in page(at, world.student, submission)


def test_the_result_takes_a_fixed_number_of_queries(world, at, django_assert_max_num_queries):
    submission, client = record(hand_in(world), graded()), at(world.student)
    record(hand_in(world, answers={"1.1": "fast"}), graded())
    address = reverse("results:show", args=[submission.public_id])
    client.get(address)

    with django_assert_max_num_queries(22):
        client.get(address)
