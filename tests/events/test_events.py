from __future__ import annotations

from typing import Any

import pytest

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
