from __future__ import annotations

import json
import re
import time
from dataclasses import replace
from decimal import Decimal

from django.urls import reverse

from grader.checks.values import RunFacts
from grader.gradebook.decisions import override_set
from grader.gradebook.models import Grade
from grader.gradebook.services import submission_stop
from grader.submissions.models import Run, Submission
from grader.submissions.report import NOTHING
from grader.submissions.values import Artefact
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

    with django_assert_max_num_queries(28):
        client.get(address)


# ---------------------------------------------------------------- the models, the distance, and what people said


def test_it_says_who_measured_and_how_far_it_was_in_images(world, at):
    text = page(at, world.student, record(hand_in(world), graded()))

    assert "about 144 more of 5,000 images right." in text
    assert "120 more would have been enough" in text  # 0.86 less one deviation of 5,000 images is 0.8551
    assert "the model was rebuilt from its weights and shown images that your notebook never had" in text
    assert "What you typed, compared with what we measured." in text
    assert 'href="#receipt"' in text


def test_what_was_asked_stands_in_the_readers_language(world, at):
    submission = record(hand_in(world), graded())

    assert "What was asked" in page(at, world.student, submission)
    assert "Что спрашивалось" in page(at, world.student, submission, "ru")


def test_a_model_shows_its_layers_its_confusions_and_how_it_learnt(world, at):
    text = page(at, world.student, record(hand_in(world), graded()))

    assert "118,282 trainable" in text
    assert "<code>(None, 128)</code>" in text
    assert '<td class="heat-8"><b>415</b></td>' in text
    assert "Trouser was taken for Dress: 65 of 500 images" in text
    assert "as Keras in your notebook said it; it counts for nothing" in text
    assert text.count("<polyline") == 4
    assert re.search(r"<th scope=\"row\">3</th><td class=\"num\">0.8668</td><td class=\"num\">0.8612</td>", text)


def test_the_classes_have_russian_names(world, at):
    assert "«Брюки» принято за «Платье»" in page(at, world.student, record(hand_in(world), graded()), "ru")


def test_a_run_that_has_no_report_or_a_strange_one_has_a_page(world, at):
    for strange in ({}, {"models": "x"}, {"models": [{"id": 1}]}):
        submission = hand_in(world, answers={"1.1": str(strange)})
        run = newest_run(submission)
        Run.objects.filter(pk=run.pk).update(report=strange)
        record(submission, replace(graded(), report=NOTHING))

        assert "Result" in page(at, world.student, submission)
        submission_stop(submission, by=world.student)


def test_why_an_attempt_was_not_charged_is_said(world, at):
    rejected = replace(broken(), run=RunFacts("rejected", None, "submit.not_json", {}))

    text = page(at, world.student, record(hand_in(world), rejected))

    assert "This attempt is not used up." in text
    assert "The file was refused before anything of it ran." in text


def test_a_grade_set_by_hand_says_by_whom_and_why(world, at):
    submission = record(hand_in(world), graded())
    grade = Grade.objects.get(student=world.student, assignment=world.everything)
    override_set(grade=grade, score=Decimal("5"), reason="Told it in class <b>", by=world.teacher, seen_version=grade.version)

    text = page(at, world.student, submission)

    assert "The grade was set by a person: 5 of 6." in text
    assert "Told it in class &lt;b&gt;" in text
    assert "How the grade changed" in text


# ---------------------------------------------------------------- the notebook as it ran


def executed(at, user, submission, language="en"):
    return at(user, language).get(reverse("results:executed", args=[submission.public_id]))


def test_the_notebook_is_a_page_with_our_notes_beside_its_cells(world, at):
    text = executed(at, world.student, record(hand_in(world), graded(error_in=5))).text

    assert 'class="cell is-failed" id="cell-5"' in text
    assert re.search(r"notice is-broken\">Cell 5 stopped", text)
    assert "The model “model” was caught after this cell; task 1.4 was judged on it." in text
    assert "60 lines of output" in text
    assert '<a href="#text-0">Домашка 4</a>' in text
    assert '<span class="ansi-1">NameError</span>' in text


def test_what_is_no_view_of_a_notebook_is_said_and_the_file_offered(world, at):
    strange = replace(graded(), artefacts=(Artefact("executed.ipynb", NOTEBOOK), Artefact("notebook.json", b"{")))

    text = executed(at, world.student, record(hand_in(world), strange)).text

    assert "be shown as a page. The file itself" in text
    assert reverse("results:notebook", args=[Submission.objects.get().public_id]) in text


def test_a_heading_that_never_ends_holds_nobody_up(world, at):
    """All pages of the process would wait for the search."""
    texts = ["# " + " " * 400 + "a" * 9_000, "# " + "#" * 19_000 + "a", "## Итог ##  \n# C# и F# #"]
    cells: list[dict[str, object]] = [
        {"kind": "text", "number": None, "source": text, "cut": 0, "outputs": [], "left_out": 0} for text in texts
    ]
    view = Artefact("notebook.json", json.dumps({"cells": cells, "left_out": 0}).encode())
    done = record(hand_in(world), replace(graded(), artefacts=(Artefact("executed.ipynb", NOTEBOOK), view)))
    began = time.process_time()

    text = executed(at, world.student, done).text

    assert time.process_time() - began < 5
    assert '<a href="#text-2">Итог</a>' in text
    assert '<a href="#text-2">C# и F</a>' in text


def test_a_run_that_left_no_notebook_has_no_such_page(world, at):
    submission = record(hand_in(world), replace(graded(), artefacts=()))

    assert executed(at, world.student, submission).status_code == 404
    assert "See the notebook as it ran" not in page(at, world.student, submission)


def test_only_who_may_see_the_result_sees_its_notebook(world, at):
    submission = record(hand_in(world), graded())

    found = {name: executed(at, user, submission).status_code for name, user in world.cast.items()}

    assert found == {"student": 200, "classmate": 404, "teacher": 200, "assistant": 200, "other_teacher": 404, "admin": 200}
