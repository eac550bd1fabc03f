"""A course keeps a teacher, whoever takes whom out, and when."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection, transaction

from grader.accounts.members import LastTeacher, member_remove
from grader.accounts.models import Enrolment, Role
from grader.accounts.services import enrolment_ensure
from tests.accounts.test_people_pages import url
from tests.factories import Cast, a_cast


def test_a_course_keeps_a_teacher(cast: Cast, at: Any):
    client, last = at(cast.admin), cast.teacher.public_id

    answer = client.post(url("member", last), {"role": "student", "external_user_id": "lms-teacher"})
    removed = client.post(url("remove", last), follow=True)

    assert answer.status_code == 422
    assert "last teacher" in answer.text
    assert "last teacher" in removed.text
    assert Enrolment.objects.get(user=cast.teacher).role == Role.TEACHER

    enrolment_ensure(user=cast.assistant, course=cast.course, role=Role.TEACHER)
    client.post(url("remove", last))
    assert not Enrolment.objects.filter(user=cast.teacher).exists()


@pytest.mark.django_db(transaction=True)
def test_of_two_teachers_who_take_each_other_out_at_once_one_stays():
    cast = a_cast()
    enrolment_ensure(user=cast.assistant, course=cast.course, role=Role.TEACHER)
    one, other = (Enrolment.objects.select_related("course").get(user=user) for user in (cast.teacher, cast.assistant))

    def remove_other() -> None:
        try:
            member_remove(enrolment=other, by=cast.teacher)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():  # done, and not committed yet
            member_remove(enrolment=one, by=cast.assistant)
            later = pool.submit(remove_other)
            time.sleep(0.3)
        with pytest.raises(LastTeacher):
            later.result(10)
