"""The page of one student's extensions, as everybody of the cast, and what its two buttons do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from assignments.models import Course
from grader.accounts.models import Extension
from grader.accounts.queries import extension_of
from tests.accounts.conftest import at
from tests.factories import Cast

__all__ = ["at"]


def page(cast: Cast) -> str:
    return reverse("gradebook:extensions", args=["small", cast.student.public_id])


def typed(days: float) -> str:
    return timezone.localtime(timezone.now() + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M")


@pytest.mark.parametrize(
    ("who", "status"),
    [("student", 404), ("classmate", 404), ("other_teacher", 404), ("assistant", 403), ("teacher", 200), ("admin", 200)],
)
def test_extensions_are_given_by_teachers_alone(cast: Cast, at: Any, who: str, status: int):
    client = at(getattr(cast, who))

    assert client.get(page(cast)).status_code == status
    assert client.post(page(cast), {"assignment": "lab"}).status_code == (422 if status == 200 else status)
    assert at(None).get(page(cast)).status_code == 302
    assert not Extension.objects.exists()


def test_an_extension_is_given_changed_and_taken_back_with_reasons(cast: Cast, at: Any):
    cast.lab.due_at = timezone.now()
    cast.lab.attempts_allowed = 2
    cast.lab.save()
    client = at(cast.teacher)

    client.post(page(cast), {"assignment": "lab", "due": typed(3), "more": "1", "reason": "was ill", "do": "give"})
    given = extension_of(cast.student, cast.lab)
    assert given is not None
    assert (given.more_attempts, given.reason, given.given_by) == (1, "was ill", cast.teacher)
    assert typed(3)[-5:] in client.get(page(cast)).text
    assert f'value="{typed(3)}"' in client.get(page(cast) + "?assignment=lab").text

    client.post(page(cast), {"assignment": "lab", "due": typed(5), "reason": "still ill", "do": "give"})
    client.post(page(cast), {"assignment": "lab", "reason": "well again\x00", "do": "take_back"})

    assert extension_of(cast.student, cast.lab) is None
    shown = client.get(page(cast)).text
    for words in ("was ill", "still ill", "taken back: well again"):
        assert words in shown


def test_dates_are_typed_on_the_clock_of_the_course_and_shown_on_the_readers(cast: Cast, at: Any):
    Course.objects.filter(pk=cast.lab.course_id).update(time_zone="Asia/Yekaterinburg")  # two hours before Moscow
    client = at(cast.teacher)

    client.post(page(cast), {"assignment": "lab", "due": "2030-01-02T18:30", "reason": "was ill", "do": "give"})

    shown = client.get(page(cast) + "?assignment=lab").text
    given = extension_of(cast.student, cast.lab)
    assert given is not None and given.due_at == datetime(2030, 1, 2, 13, 30, tzinfo=UTC)
    assert 'value="2030-01-02T18:30"' in shown
    assert "On the clock of the course, Asia/Yekaterinburg." in shown
    assert "2030-01-02 16:30" in shown


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"reason": ""}, "Say why"),
        ({"due": ""}, "Give a later date, or more attempts."),
        ({"due": typed(-9)}, "not later than the due date of everybody"),
        ({"due": "soon"}, "Give a date and a time"),
        ({"more": "-1"}, "Give a whole number"),
        ({"closes": typed(2)}, "It would close before it is due."),
        ({"assignment": "nothing"}, "Choose an assignment."),
    ],
)
def test_what_makes_no_sense_is_named_and_what_was_typed_stays(cast: Cast, at: Any, fields: dict[str, str], said: str):
    cast.lab.due_at = timezone.now()
    cast.lab.save()
    sent = {"assignment": "lab", "due": typed(3), "reason": "was ill", "do": "give"} | fields

    answer = at(cast.teacher).post(page(cast), sent)

    assert answer.status_code == 422
    assert said in answer.text
    assert sent["reason"] in answer.text
    assert not Extension.objects.exists()
