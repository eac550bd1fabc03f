"""`manage.py seed_class`: a class in which every state occurs, and whose grades are what the policy says."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from grader.accounts.models import Enrolment, Extension, Role, Section, User
from grader.accounts.services import enrolment_ensure, person_ensure
from grader.catalogue import sentences
from grader.gradebook.models import Comment, Grade, GradeChange, Override, Regrade, RegradeItem, Review
from grader.gradebook.services import grade_recompute
from grader.submissions.models import CheckResult, Run, Submission, TaskResult

STATES = {"waiting", "graded", "broken", "review", "problem", "cancelled"}


def seed(cast, **options) -> str:
    out = StringIO()
    call_command("seed_class", course=cast.course.slug, yes=True, stdout=out, stderr=StringIO(), **{"students": 40, **options})
    return out.getvalue()


def mine(rows):
    return rows.filter(student__username__startswith="seed0")


def test_a_class_of_forty_shows_every_state(cast):
    seed(cast)

    grades = mine(Grade.objects.all())
    assert set(grades.values_list("state", flat=True)) == STATES
    assert grades.filter(late=True, penalty__gt=0).exists()
    assert grades.filter(overridden=True).exists()
    assert grades.filter(reviews_open__gt=0).exists()
    assert grades.filter(attempts__gt=1).exists()
    assert set(mine(Submission.objects.all()).values_list("state", flat=True)) >= {"queued", "running", "quarantined"}
    assert set(Review.objects.values_list("state", "cause")) >= {("open", "check"), ("open", "student"), ("decided", "student")}
    assert {"run", "override", "review", "regrade"} <= set(GradeChange.objects.values_list("reason", flat=True))
    assert Comment.objects.exists()
    assert Override.objects.filter(score=None).exists()  # one was taken back
    assert GradeChange.objects.filter(reason="override").count() == Override.objects.count()
    assert Extension.objects.exists()
    assert Regrade.objects.get().state == "applied"
    assert RegradeItem.objects.filter(state="applied", submission__speaking_run__isnull=False).exists()
    assert Section.objects.filter(course=cast.course, members__isnull=False).distinct().count() == 4
    assert Enrolment.objects.get(user__username="section_assistant").limited_to.count() == 1


def test_made_up_grades_are_what_the_policy_says(cast):
    seed(cast)

    def kept(grade: Grade):
        return grade.version, grade.score, grade.penalty, grade.late, grade.state, grade.attempts, grade.overridden, grade.run_id

    for grade in mine(Grade.objects.select_related("student", "assignment")):
        again = grade_recompute(grade.student, grade.assignment, reason="run")
        assert kept(again) == kept(grade), list(grade.student.submissions.values("attempt", "state", "submitted_at"))


def test_every_made_up_verdict_is_a_sentence_in_both_languages(cast):
    seed(cast)

    rows = [*TaskResult.objects.values_list("code", "values"), *CheckResult.objects.values_list("code", "values")]
    assert rows
    for code, values in rows:
        for language in ("ru", "en"):
            assert code in sentences.codes(language)
            assert sentences.placeholders(code, language) <= set(values), (code, values)


def test_the_same_number_makes_the_same_class_and_another_number_another(cast):
    def shown(number: int):
        seed(cast, students=15, seed=number)
        rows = mine(Grade.objects.order_by("pk")).filter(student__username__startswith="seed0")
        told = [(g.student.get_full_name(), g.assignment.slug, g.score, g.state, g.late) for g in rows]
        # Rows can't be deleted, so the class makes room by another name.
        for user in User.objects.filter(username__startswith="seed0"):
            User.objects.filter(pk=user.pk).update(username=f"old-{number}-{User.objects.count()}-{user.pk}")
        Enrolment.objects.filter(external_user_id__startswith="seed-").update(external_user_id="")
        return told

    first, again, other = shown(1), shown(1), shown(2)

    assert first == again
    assert first != other


def test_who_is_there_already_is_left_alone(cast):
    seed(cast, students=15)
    before = Submission.objects.count()

    said = seed(cast, students=15)

    assert "15 were there already" in said
    assert Submission.objects.count() == before


def test_it_says_what_it_made(cast):
    said = seed(cast)

    assert "40 students are new in small" in said
    assert f"{Submission.objects.count()} submissions" in said
    assert "/courses/small/gradebook/" in said


def test_it_refuses_outside_of_a_demo_unless_told(cast, settings):
    settings.GRADER_DEMO = False

    with pytest.raises(CommandError, match="--yes"):
        call_command("seed_class", students=3, course=cast.course.slug)

    assert not User.objects.filter(username="seed0001").exists()


def test_no_worker_takes_a_made_up_run(cast):
    seed(cast)

    from django.db.models.functions import Now

    waiting = Run.objects.filter(state="queued")
    assert waiting.exists()
    assert not waiting.filter(not_before__lte=Now()).exists()


def test_a_course_without_teacher_gets_one_who_decides(cast):
    Enrolment.objects.filter(course=cast.course, role=Role.TEACHER).delete()

    seed(cast, students=15)

    assert Override.objects.values_list("made_by__username", flat=True).distinct().get() == "seed_teacher"
    enrolment_ensure(user=person_ensure(username="x", password=None), course=cast.course)
