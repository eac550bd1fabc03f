"""Whether work gets done, for whoever watches us. Open to all, and tells nothing of anybody."""

from __future__ import annotations

from typing import Literal

from ninja import Schema

from grader.api.auth import ApiRequest
from grader.api.routes import Routes
from grader.submissions.queries import waiting_summary

routes = Routes("Health")


class Health(Schema):
    status: Literal["ok"]
    runs_waiting: int
    oldest_waiting_s: int


@routes.get("/health", gives=Health, open_to_all=True)
def health_show(request: ApiRequest) -> Health:
    """How much work waits, and for how long. 503 where the database is away."""
    waiting, oldest_s = waiting_summary()
    return Health(status="ok", runs_waiting=waiting, oldest_waiting_s=oldest_s)
