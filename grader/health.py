"""GET /healthz: can we serve, and does work get done? 503 only when the database is away, since all else mends itself."""

from __future__ import annotations

from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from kombu.exceptions import OperationalError

from grader import queue
from grader.submissions.queries import waiting_summary


@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    try:
        connection.ensure_connection()
        waiting, oldest_s = waiting_summary()
    except DatabaseError:
        return JsonResponse({"database": "away"}, status=503)
    return JsonResponse({"database": "ok", "redis": _redis(), "runs_waiting": waiting, "oldest_waiting_s": oldest_s})


def _redis() -> str:
    try:
        queue.messages_waiting("grade.cpu")
    except (OperationalError, OSError):
        return "away"
    return "ok"
