from __future__ import annotations

import pytest
from django.test import Client

from tests.factories import Cast


@pytest.mark.django_db
@pytest.mark.parametrize(
    "address", ["/results/a%00b/", "/submissions/sub_%00/", "/courses/dl2/gradebook/usr_a%00/15", "/results/sub_../"]
)
def test_an_address_that_is_none_is_no_page_and_no_error(client: Client, cast: Cast, address: str):
    client.force_login(cast.teacher)

    assert client.get(address).status_code == 404
