"""“Accept this answer too”: the key's new version, and the dry run over everybody who typed it."""

from __future__ import annotations

import pytest

from assignments.models import PackageVersion, Publication
from grader.gradebook.models import Regrade
from grader.gradebook.services import submission_receive
from grader.submissions.models import Submission
from tests.gradebook.regrading import applied, quizzed, score, stepped
from tests.gradebook.test_regrades_pages import at

pytestmark = pytest.mark.django_db


def address(submission: Submission, task: str = "1.2") -> str:
    return f"/results/{submission.public_id}/tasks/{task}/accept/"


def accepted(cast, submission: Submission) -> Regrade:
    assert cast.quiz.current_version is not None
    answer = at(cast.teacher).post(address(submission), {"version": cast.quiz.current_version.public_id})
    regrade = Regrade.objects.latest("id")
    assert answer.headers["Location"] == f"/regrades/{regrade.public_id}/"
    return regrade


@pytest.mark.parametrize(
    ("who", "status"),
    [("student", 404), ("classmate", 404), ("assistant", 404), ("other_teacher", 404), ("teacher", 200), ("admin", 200)],
)
def test_a_key_is_changed_by_those_who_decide(cast, who, status):
    submission = quizzed(cast, number="51")
    client = at(getattr(cast, who))

    assert client.get(address(submission)).status_code == status
    client.post(address(submission), {"version": cast.quiz.current_version.public_id})

    assert Publication.objects.filter(cause="answer").count() == (1 if status == 200 else 0)


def test_the_page_shows_what_would_be_added_and_changes_nothing(cast):
    submission = quizzed(cast, number="51")
    versions = PackageVersion.objects.count()

    page = at(cast.teacher).get(address(submission)).text

    assert "<ins>      - {kind: number, equals: 50, points: 2, also: [51]}</ins>" in page
    assert "1 student typed it" in page
    assert PackageVersion.objects.count() == versions


def test_everybody_who_typed_it_is_in_the_dry_run_and_gains_when_it_is_applied(cast):
    mine, theirs = quizzed(cast, number="51"), quizzed(cast, cast.classmate, number="51,0")
    quizzed(cast, number="52")

    regrade = stepped(accepted(cast, mine))

    assert {item.submission for item in regrade.items.all()} == {mine, theirs}
    assert score(mine) == 1
    applied(cast, regrade)
    assert (score(mine), score(theirs)) == (3, 3)


def test_who_types_it_from_now_on_is_right_at_once(cast):
    accepted(cast, quizzed(cast, number="51"))
    cast.quiz.refresh_from_db()

    assert score(quizzed(cast, cast.classmate, number="51")) == 3


def test_the_publication_says_who_and_what(cast):
    before = cast.quiz.current_version
    accepted(cast, quizzed(cast, number="51"))

    made = Publication.objects.latest("id")
    assert (made.cause, made.made_by, made.changed, made.note) == ("answer", cast.teacher, ["quiz"], "quiz, 1.2: 51")
    cast.quiz.refresh_from_db()
    assert cast.quiz.current_version != before
    assert PackageVersion.objects.filter(pk=before.pk).exists()


def test_what_was_set_by_hand_stays(cast):
    type(cast.quiz).objects.filter(pk=cast.quiz.pk).update(attempts_allowed=7)

    accepted(cast, quizzed(cast, number="51"))

    cast.quiz.refresh_from_db()
    assert cast.quiz.attempts_allowed == 7


def test_a_key_that_changed_meanwhile_is_looked_at_again(cast):
    first, second = quizzed(cast, number="51"), quizzed(cast, number="52")
    old = cast.quiz.current_version.public_id
    accepted(cast, first)

    answer = at(cast.teacher).post(address(second), {"version": old}, follow=True)

    assert "The key has changed since you opened this page" in answer.text
    assert Publication.objects.filter(cause="answer").count() == 1


def test_an_answer_that_the_key_takes_already_is_only_regraded(cast):
    early = quizzed(cast, number="51")
    accepted(cast, quizzed(cast, cast.classmate, number="51"))
    cast.quiz.refresh_from_db()

    page = at(cast.teacher).get(address(early)).text
    assert "The key takes this answer already" in page
    at(cast.teacher).post(address(early), {"version": cast.quiz.current_version.public_id, "regrade_only": "1"})

    assert Publication.objects.filter(cause="answer").count() == 1
    assert Regrade.objects.count() == 2


def test_another_option_is_right_too(cast):
    submission = submission_receive(student=cast.student, assignment=cast.quiz, notebook=None, answers={"1.1": "b"})

    page = at(cast.teacher).get(address(submission, "1.1")).text

    assert "also: [&quot;b&quot;]" in page


@pytest.mark.parametrize("task", ["1.9", "..", "2.1"])
def test_a_task_that_was_not_answered_is_no_page(cast, task):
    assert at(cast.teacher).get(address(quizzed(cast), task)).status_code == 404
