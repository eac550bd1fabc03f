"""Secrets of endpoints as they lie in the database."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from standardwebhooks import Webhook

from grader.lms.models import WebhookDelivery, WebhookEndpoint
from grader.lms.webhooks.services import endpoint_rotate_secret, endpoint_update
from grader.sealed import seal, unseal
from tests.lms.receiver import Receiver
from tests.lms.sending import BY, an_endpoint, an_event, due_now, send_all, the_message


def as_it_lies() -> tuple[str, str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret, secret_old FROM lms_webhookendpoint")
        (row,) = cursor.fetchall()
    return str(row[0]), str(row[1])


def test_no_secret_lies_in_the_database_in_clear_and_what_lies_there_signs(db: None, there: Receiver):
    endpoint = an_endpoint(there.url)
    old, new = endpoint.secret, endpoint_rotate_secret(endpoint, by=BY)

    kept = as_it_lies()
    an_event(1)
    send_all()

    assert all(one.startswith("sealed:") and old not in one and new not in one for one in kept)
    ((headers, body),) = there.got
    assert Webhook(old).verify(body.decode(), headers) == Webhook(new).verify(body.decode(), headers)


def test_equal_secrets_are_sealed_unlike():
    assert seal("whsec_a") != seal("whsec_a")
    assert {unseal(seal("whsec_a")), unseal("whsec_a")} == {"whsec_a"}


@pytest.mark.parametrize("end", ["A", "=", "é", ""])
def test_a_seal_that_was_tampered_with_is_not_read(end: str):
    assert unseal(seal("whsec_a")[:-4] + end) == ""


def test_under_another_key_nothing_is_sent_unsigned_and_a_new_secret_mends_it(db: None, there: Receiver, settings: Any):
    endpoint = an_endpoint(there.url)
    settings.GRADER_SITE_SECRET = "another " * 8
    an_event(1)
    send_all()

    assert there.got == []
    told = WebhookDelivery.objects.get()
    assert (told.kind, told.error, told.request_headers) == (
        "refused", "refused: The endpoint's secret can't be read. Give it a new one.", {}
    )  # fmt: skip
    assert the_message().state == "waiting"

    secret = endpoint_rotate_secret(WebhookEndpoint.objects.get(pk=endpoint.pk), by=BY)
    due_now()
    send_all()
    ((headers, body),) = there.got
    assert Webhook(secret).verify(body.decode(), headers)


def test_an_endpoint_whose_secret_cannot_be_read_is_changed_without_losing_it(db: None, settings: Any):
    endpoint = an_endpoint("https://lms.example/")
    secret, right = endpoint.secret, settings.GRADER_SITE_SECRET
    settings.GRADER_SITE_SECRET = "another " * 8
    endpoint_update(endpoint, by=BY, name="x")
    settings.GRADER_SITE_SECRET = right

    assert WebhookEndpoint.objects.get().secret == secret


@pytest.mark.django_db(transaction=True)
def test_what_lay_in_clear_is_sealed_by_the_migration_and_clear_again_when_it_is_taken_back():
    secret = an_endpoint("https://lms.example/").secret

    call_command("migrate", "lms", "0004", verbosity=0)
    try:
        before = as_it_lies()
    finally:
        call_command("migrate", verbosity=0)

    assert before == (secret, "")
    assert as_it_lies()[0].startswith("sealed:") and as_it_lies()[1] == ""
    assert WebhookEndpoint.objects.get().secret == secret
