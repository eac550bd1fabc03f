"""Every event that callers may hear of has its published shape."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from django.utils import timezone

from grader.events.management.commands.event_schemas import written
from grader.events.models import Event
from grader.events.services import audit_add, moment_text
from grader.events.types import EVENT_TYPES
from grader.gradebook.decisions import override_set
from grader.gradebook.extensions import extensions_give, extensions_take_back
from grader.gradebook.reviews import review_decide, review_open
from grader.gradebook.services import run_record
from grader.lms.webhooks.services import endpoint_create, endpoint_ping
from grader.lms.webhooks.signing import body_of
from tests.factories import Cast, a_claim, a_not_judged, a_submission, graded
from tests.gradebook.test_decisions import the_grade
from tests.gradebook.test_regrades import applied, ready
from tests.lms.sending import BY

SCHEMAS = Path(__file__).parents[2] / "docs/reference/schema/events"


def everything_happens(cast: Cast) -> None:
    """One of each type, by the functions that do it in earnest."""
    submission, regrade = ready(cast, 1.0, 2.0)
    applied(cast, regrade)
    review = review_open(submission=submission, task="2.1", asked="Look at cell 4")
    review_decide(review, by=cast.teacher, points=Decimal("2.5"), answer="You are right")
    grade = the_grade(cast)
    override_set(grade=grade, score=Decimal(3), reason="word", by=cast.teacher, seen_version=grade.version)
    tomorrow = timezone.now() + timedelta(days=1)
    both = [cast.student, cast.classmate]
    extensions_give(students=both, assignment=cast.lab, due_at=tomorrow, reason="ill", by=cast.teacher)
    extensions_take_back(students=both, assignment=cast.lab, reason="well", by=cast.teacher)
    run_record(a_claim(a_submission(cast, student=cast.classmate)), a_not_judged())
    endpoint_ping(endpoint_create(url="https://lms.example/", events=["grade.changed"], by=BY), by=BY)


def test_each_type_is_written_and_fits_its_published_schema_without_a_field_more(cast: Cast, settings: Any):
    everything_happens(cast)

    seen = set()
    for event in Event.objects.filter(type__in=EVENT_TYPES):
        body = body_of(event)
        said = {"type": event.type, "timestamp": moment_text(event.created_at), "data": event.data}
        jsonschema.validate(said, EVENT_TYPES[event.type].schema(), format_checker=jsonschema.FormatChecker())
        assert set(event.data) == set(EVENT_TYPES[event.type].data), event.type
        assert len(body) < 20_000
        seen.add(event.type)
    assert seen == set(EVENT_TYPES)


@pytest.mark.parametrize("name", EVENT_TYPES)
def test_the_published_schema_is_the_one_in_use(name: str):
    assert (SCHEMAS / f"{name}.json").read_text("utf-8") == written(EVENT_TYPES[name]), "run manage.py event_schemas"


def test_nothing_is_published_that_is_not_in_the_list():
    assert {path.stem for path in SCHEMAS.glob("*.json")} == set(EVENT_TYPES)


def test_the_first_score_is_posted_once_and_each_change_is_told(cast: Cast):
    graded(cast, 1.0)
    graded(cast, 2.0)

    types = [event.type for event in Event.objects.filter(type__startswith="grade.").order_by("id")]
    assert types == ["grade.posted", "grade.changed", "grade.changed"]


def test_an_extension_that_lifts_a_penalty_is_told_in_the_contracts_words(cast: Cast):
    cast.lab.due_at = timezone.now() - timedelta(hours=1)
    cast.lab.save()
    submission = graded(cast, 3.0)
    later = timezone.now() + timedelta(days=1)
    extensions_give(students=[cast.student], assignment=submission.assignment, due_at=later, reason="ill", by=cast.teacher)

    reasons = {event.data["reason"] for event in Event.objects.filter(type="grade.changed")}
    assert reasons <= {"run", "late_policy"}


def test_the_audit_log_names_who_and_is_no_event_of_the_list(db: None):
    audit_add("endpoint.made", by=BY, course_slug="", data={"endpoint_id": "whe_x"})

    row = Event.objects.get()
    assert row.type == "audit.endpoint.made"
    assert row.type not in EVENT_TYPES
    assert row.data["by"]["source"] == BY.source
