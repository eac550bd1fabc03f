"""Django's admin, where it is ours to mend."""

from __future__ import annotations

from typing import Any

from django.test import Client

from tests.factories import Cast


def test_a_row_is_found_where_the_address_names_no_field(cast: Cast, at: Any):
    client: Client = at(cast.admin)

    for row in (f"accounts/user/{cast.student.pk}", f"assignments/course/{cast.course.pk}"):
        assert client.get(f"/admin/{row}/change/?_to_field=").status_code == 200


def test_groups_are_not_offered_since_they_say_nothing_here(cast: Cast, at: Any):
    assert at(cast.admin).get("/admin/auth/group/").status_code == 404


def test_an_assignments_rules_are_not_set_behind_its_grades_back(cast: Cast, at: Any):
    address = f"/admin/assignments/assignment/{cast.lab.pk}/change/"

    page = at(cast.admin).get(address)

    assert page.status_code == 200
    assert 'name="due_at_0"' not in page.text
    assert at(cast.admin).post(address, {"due_at_0": "2026-01-01", "due_at_1": "00:00:00"}).status_code == 403


def test_a_course_has_its_clock_set_and_no_name(cast: Cast, at: Any):
    address = f"/admin/assignments/course/{cast.course.pk}/change/"

    assert at(cast.admin).post(address, {"slug": "other", "title": "[1]", "time_zone": "Asia/Omsk"}).status_code == 302
    cast.course.refresh_from_db()
    assert (cast.course.slug, cast.course.time_zone, type(cast.course.title)) == ("small", "Asia/Omsk", dict)
    assert at(cast.admin).get("/admin/assignments/course/add/").status_code == 403
