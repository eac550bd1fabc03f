"""Rules and extensions for a whole class: each grade has its own history and event, in as many queries for ten as for one."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from assignments.models import Assignment
from grader.accounts.models import Role, User
from grader.accounts.services import enrolment_ensure, person_ensure
from grader.events.models import Event
from grader.gradebook.extensions import extensions_give
from grader.gradebook.models import Grade, GradeChange
from grader.gradebook.policies import Rules, rules_of, rules_set
from tests.factories import Cast, graded

NO_RULES = Rules("best", None, 0, None, None, None)


def a_class(cast: Cast, how_many: int) -> list[User]:
    """Students whose work was graded, each with other points."""
    people = []
    for number in range(how_many):
        student = person_ensure(username=f"of{how_many}-{number}", password=None)
        name = f"lms-{how_many}-{number}"
        enrolment_ensure(user=student, course=cast.course, role=Role.STUDENT, external_user_id=name)
        graded(cast, 1.0 + number / 10, student=student)
        people.append(student)
    return people


def late(cast: Cast, percent: float = 10) -> None:
    """Everybody was late, and it costs."""
    lab = Assignment.objects.get(pk=cast.lab.pk)
    due = Rules("best", None, 0, None, timezone.now() - timedelta(days=3), None, ((0.0, percent),))
    rules_set(assignment=lab, rules=due, by=cast.teacher, comment="It was due", seen=rules_of(lab).seal)


def test_each_grade_has_its_row_of_history_and_its_event(cast: Cast):
    people = a_class(cast, 5)
    before = Event.objects.filter(type="grade.changed").count()

    late(cast)

    for number, student in enumerate(people):
        grade = Grade.objects.get(student=student)
        was = Decimal(1) + Decimal(number) / 10
        change = grade.history.latest("version")
        assert (change.score_from, change.score_to, change.version) == (was, grade.score, grade.version)
        assert (change.reason, change.changed_by, change.comment) == ("late_policy", cast.teacher, "It was due")
        assert grade.late and grade.penalty == was - (grade.score or 0) > 0
        (event,) = Event.objects.filter(type="grade.changed", data__grade_id=grade.public_id, data__grade_version=grade.version)
        assert event.data["external_user_id"] == f"lms-5-{number}"
        assert event.data["score"] == f"{grade.score:.2f}"
    assert Event.objects.filter(type="grade.changed").count() == before + 5


def test_a_first_score_is_told_once_also_among_many(cast: Cast):
    a_class(cast, 3)

    late(cast)

    assert Event.objects.filter(type="grade.posted").count() == 3


def test_whose_score_stays_gets_no_history_but_what_else_is_new(cast: Cast):
    (student,) = a_class(cast, 1)
    late(cast, percent=0)

    grade = Grade.objects.get(student=student)

    assert grade.late
    assert grade.history.count() == 1  # its run


def test_when_a_grade_was_written_is_known(cast: Cast):
    (student,) = a_class(cast, 1)
    before = Grade.objects.get(student=student).updated_at

    late(cast)

    assert Grade.objects.get(student=student).updated_at > before


def counted(cast: Cast, how_many: int) -> tuple[int, int]:
    """Queries of other rules for a class of so many, and of an extension for all of it."""
    people = a_class(cast, how_many)
    late(cast, percent=0)
    with CaptureQueriesContext(connection) as rules:
        late(cast, percent=20)
    before = GradeChange.objects.count()
    with CaptureQueriesContext(connection) as given:
        more = timezone.now() + timedelta(days=9)
        extensions_give(students=people, assignment=cast.lab, due_at=more, reason="was ill", by=cast.teacher)
    assert GradeChange.objects.count() == before + how_many
    return len(rules), len(given)


def test_it_takes_as_many_queries_for_ten_as_for_one(cast: Cast):
    for_one = counted(cast, 1)

    assert counted(cast, 10) == for_one
