"""Students brought by several machines in the same moment, and by one while their person logs in."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
from django.db import connection

from grader.accounts.enrolling import student_enrol
from grader.accounts.models import User
from tests.accounts.test_enrolling import enrol
from tests.factories import a_cast


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    def alone(call: Callable[[], Any]) -> Any:
        try:
            return call()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return [done.result() for done in [pool.submit(alone, call) for call in calls]]


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_one_enrols_and_the_other_finds():
    cast = a_cast()

    done = at_once(*[lambda: student_enrol(course=cast.course, external_user_id="1017", section="A")] * 4)

    assert sorted(made for _place, made in done) == [False, False, False, True]
    assert len({place.pk for place, _made in done}) == 1


@pytest.mark.django_db(transaction=True)
def test_two_courses_that_bring_one_new_person_at_once_make_one_account():
    cast = a_cast()

    for number in range(5):
        name, email = str(number), f"{number}@example.org"

        at_once(*[partial(enrol, course, name, email=email) for course in (cast.course, cast.other_course)])

        assert User.objects.filter(email=email).count() == 1


@pytest.mark.django_db(transaction=True)
def test_who_logs_in_for_the_first_time_in_that_moment_keeps_their_account():
    """The account is read as unused, and used before it is written: the second look is under the lock."""
    cast = a_cast()
    place = enrol(cast.course, last_name="Ivanova")
    with connection.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("UPDATE accounts_user SET password = 'is used' WHERE id = %s", [place.user_id])
        with ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(at_once, lambda: enrol(cast.course, last_name="Mallory", email="mallory@example.org"))
            with pytest.raises(TimeoutError):
                waiting.result(timeout=0.5)
            cursor.execute("COMMIT")
            waiting.result(timeout=10)

    user = User.objects.get(pk=place.user_id)
    assert (user.last_name, user.email) == ("Ivanova", "")
