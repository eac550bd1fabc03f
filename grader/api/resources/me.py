"""The token itself: what it may, where, until when."""

from __future__ import annotations

from datetime import datetime

from ninja import Schema

from grader.api.access import courses_for
from grader.api.auth import ApiRequest
from grader.api.routes import Routes

routes = Routes("Me")


class Me(Schema):
    id: str
    name: str
    scopes: list[str]
    whole_site: bool
    courses: list[str]
    created_by: str
    expires_at: datetime | None


@routes.get("/me", gives=Me)
def me_show(request: ApiRequest) -> Me:
    """What this token may do, and in which courses."""
    token = request.auth
    return Me(
        id=token.public_id,
        name=token.name,
        scopes=token.scopes,
        whole_site=token.whole_site,
        courses=list(courses_for(token).order_by("slug").values_list("slug", flat=True)),
        created_by=request.auth.created_by.public_id,
        expires_at=token.expires_at,
    )
