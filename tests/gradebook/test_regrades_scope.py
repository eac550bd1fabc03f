"""Whose work a regrade judges again, by what, and why."""

from __future__ import annotations

import pytest

from assignments.services import course_load
from grader.gradebook.models import Regrade, RegradeItem
from grader.gradebook.regrading.scope import Scope
from grader.gradebook.regrading.services import (
    RegradeRefused,
    regrade_start,
)
from tests.factories import a_course_folder
from tests.gradebook.regrading import applied, quizzed, score, started, states, stepped

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("scope", "chosen"),
    [
        (Scope(), [1, 2]),
        (Scope(which="latest"), [2]),
        (Scope(which="counting"), [1]),
        (Scope(states=("broken",)), []),
        (Scope(task="1.2", answer="50,0"), [1]),
        (Scope(task="1.2", answer="48"), [2]),
    ],
)
def test_a_scope_chooses_attempts(cast, scope, chosen):
    quizzed(cast, number="50")
    quizzed(cast, number="48")

    if not chosen:
        with pytest.raises(RegradeRefused, match="nobody"):
            started(cast, scope=scope)
        return
    regrade = started(cast, scope=scope)

    assert list(regrade.items.order_by("id").values_list("submission__attempt", flat=True)) == chosen
    assert Scope.of(Regrade.objects.get(pk=regrade.pk).scope) == scope


def test_a_version_with_fewer_tasks_judges_what_it_asks(cast, tmp_path):
    submission = quizzed(cast)
    folder = a_course_folder(tmp_path)
    file = folder / "quiz" / "assignment.yaml"
    file.write_text(file.read_text("utf-8").partition('  - id: "1.2"')[0], "utf-8")
    for lang in ("ru", "en"):
        text = folder / "quiz" / f"{lang}.md"
        text.write_text(text.read_text("utf-8").partition("## 1.2")[0], "utf-8")
    course_load(folder)
    cast.quiz.refresh_from_db()

    regrade = applied(cast, stepped(started(cast)))

    assert (states(regrade), score(submission)) == (["applied"], 1)


def test_given_students_only(cast):
    quizzed(cast)
    quizzed(cast, cast.classmate)

    regrade = started(cast, scope=Scope(students=(cast.classmate.public_id,)))

    assert [item.submission.student for item in RegradeItem.objects.filter(regrade=regrade)] == [cast.classmate]


def test_a_reason_is_asked_for(cast):
    quizzed(cast)

    with pytest.raises(RegradeRefused, match="no_reason"):
        regrade_start(assignment=cast.quiz, scope=Scope(), by=cast.teacher, reason="  ")
