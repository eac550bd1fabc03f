"""A link to set a password, used twice at once, or while a teacher makes it worthless: one of the two, and nothing in between."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from time import sleep
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from grader.accounts.models import User
from grader.accounts.passwords import LinkOver, links_forget, password_path, password_set
from tests.factories import a_cast

pytestmark = pytest.mark.django_db(transaction=True)

NEW = ("a long one of my own", "another long one of theirs")


@pytest.fixture
def anna() -> User:
    """A student whom nobody has used yet."""
    student = a_cast().student
    student.set_unusable_password()
    student.last_login = None
    student.save()
    return student


def followed(at: Any, user: User) -> tuple[Any, str]:
    """A client that has opened the page behind a link, and where its form goes."""
    client = at(None)
    return client, client.get(password_path(user), follow=True).request["PATH_INFO"]


def sent(client: Any, path: str, password: str) -> Any:
    try:
        return client.post(path, {"new_password1": password, "new_password2": password})
    finally:
        connection.close()


def waiting() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return int(cursor.fetchone()[0])


def until_it_waits(how_many: int = 1) -> None:
    for _ in range(200):
        if waiting() >= how_many:
            return
        sleep(0.05)
    raise AssertionError("Nobody waited.")


def test_a_link_that_two_use_at_once_sets_one_password(anna: User, at: Any):
    opened = [followed(at, anna) for _ in NEW]

    with ThreadPoolExecutor(2) as pool:
        with transaction.atomic():
            User.objects.select_for_update().get(pk=anna.pk)  # so that both have looked at the link before either writes
            sending = [pool.submit(sent, *opened[which], NEW[which]) for which in range(2)]
            until_it_waits(2)
        answers = [one.result() for one in sending]

    assert sorted(answer.status_code for answer in answers) == [302, 409]
    winner = next(which for which, answer in enumerate(answers) if answer.status_code == 302)
    anna.refresh_from_db()
    assert anna.check_password(NEW[winner])
    assert "works no more" in answers[1 - winner].text
    assert "_auth_user_id" not in opened[1 - winner][0].session


def test_a_link_that_is_forgotten_while_it_is_used_sets_nothing(anna: User, at: Any):
    opened = followed(at, anna)

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            links_forget([anna])
            answer = pool.submit(sent, *opened, NEW[0])
            until_it_waits()
        assert answer.result().status_code == 409

    anna.refresh_from_db()
    assert not anna.has_usable_password()


def test_a_link_that_is_used_while_it_is_forgotten_keeps_its_password(anna: User, at: Any):
    token = password_path(anna).split("/")[-2]

    def forget() -> None:
        try:
            links_forget([anna])
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            password_set(user=anna, token=token, password=NEW[0])
            forgotten = pool.submit(forget)
            until_it_waits()
        forgotten.result()

    anna.refresh_from_db()
    assert anna.check_password(NEW[0])
    with pytest.raises(LinkOver):
        password_set(user=anna, token=token, password=NEW[1])


def test_a_password_is_all_that_is_written_and_settings_write_none(anna: User, at: Any):
    opened = followed(at, anna)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        opened[0].post(opened[1], {"new_password1": NEW[0], "new_password2": NEW[0]})
    set_by_link = [one["sql"] for one in queries if one["sql"].startswith('UPDATE "accounts_user"')]
    with CaptureQueriesContext(connection) as queries:
        fields = {"old_password": NEW[0], "new_password1": NEW[1], "new_password2": NEW[1]}
        assert opened[0].post("/password/change/", fields).status_code == 302
    changed = [one["sql"] for one in queries if one["sql"].startswith('UPDATE "accounts_user"')]
    with CaptureQueriesContext(connection) as queries:
        assert opened[0].post("/settings/", {"language": "en", "time_zone": ""}).status_code == 302
    settings = [one["sql"] for one in queries if one["sql"].startswith('UPDATE "accounts_user"')]

    assert set_by_link and changed and settings
    assert [sql for sql in set_by_link + changed + settings if '"email"' in sql or '"last_name"' in sql] == []
    assert [sql for sql in settings if '"password"' in sql] == []
