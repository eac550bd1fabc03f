from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import connection, transaction

from grader.events.models import Event
from grader.events.services import event_add


def test_an_event_rings_once_it_is_committed(db: None, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any):
    rung: list[bool] = []
    monkeypatch.setattr("grader.queue.ring_dispatch", lambda: rung.append(True))

    with django_capture_on_commit_callbacks(execute=True):
        event_add(event_type="grade.changed", course_slug="dl2", data={"score": "1.00"})
        assert rung == []

    assert rung == [True]
    assert Event.objects.get().public_id.startswith("evt_")


@pytest.mark.django_db(transaction=True)
def test_a_reader_in_the_order_of_transactions_sees_each_event_once_however_late_it_is_committed():
    def settled() -> list[int]:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT (data->>'number')::int FROM events_event"
                " WHERE tx < pg_snapshot_xmin(pg_current_snapshot())::text::bigint ORDER BY tx, id"
            )
            return [number for (number,) in cursor.fetchall()]

    written, go_on = threading.Event(), threading.Event()

    def slow() -> None:
        try:
            with transaction.atomic():
                event_add(event_type="grade.changed", course_slug="dl2", data={"number": 1})
                written.set()
                go_on.wait(20)
        finally:
            connection.close()

    slower = threading.Thread(target=slow)
    slower.start()
    written.wait(20)
    event_add(event_type="grade.changed", course_slug="dl2", data={"number": 2})
    during = settled()
    go_on.set()
    slower.join(20)

    assert (during, settled()) == ([], [1, 2])
