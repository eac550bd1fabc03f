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
