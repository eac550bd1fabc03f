"""The door of each route: a token in `Authorization: Bearer`, its scope, its rate, and a body of the right type.

A token in an address or a cookie is never looked at. What a token may see is said by `access.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja.security import HttpBearer

from grader.accounts.models import User
from grader.api import limits
from grader.api.access import has_scope
from grader.api.models import ApiToken
from grader.api.problems import Problem
from grader.api.tokens import Scope, token_find, token_used

JSON = "application/json"
MULTIPART = "multipart/form-data"


class ApiRequest(HttpRequest):
    """A request that came through the door. (A type for the views; Django makes the object.)"""

    auth: ApiToken
    request_id: str
    rate: limits.Rate | None
    by: User  # who answers for what this token does


@dataclass
class Bearer(HttpBearer):
    """Lets a request in. None of `scopes`: any token will do; several: one of them."""

    scopes: Sequence[Scope] = ()
    takes: str = ""  # the media type of the body; empty: no body is read

    def __post_init__(self) -> None:
        super().__init__()

    def __call__(self, request: HttpRequest) -> ApiToken:
        scheme, _space, text = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not text.strip():
            raise Problem("token.missing")
        token = token_let_in(text.strip())
        request.by = token.created_by  # type: ignore[attr-defined]
        request.rate = rate = limits.count(f"token:{token.pk}", limits.of_tokens())  # type: ignore[attr-defined]
        if rate is not None and rate.over:
            raise limits.problem(rate)
        if self.scopes and not any(has_scope(token, scope) for scope in self.scopes):
            wanted = ", ".join(self.scopes)
            raise Problem("scope.missing", _("This needs a token with the scope %(scope)s.") % {"scope": wanted}, scope=wanted)
        self._look_at_type(request)
        return token

    def authenticate(self, request: HttpRequest, token: str) -> ApiToken:
        return token_let_in(token)

    def _look_at_type(self, request: HttpRequest) -> None:
        if self.takes and request.content_type != self.takes and request.headers.get("Content-Length", "0") != "0":
            raise Problem("media_type.unsupported", _("Send it as %(type)s.") % {"type": self.takes}, takes=self.takes)


def token_let_in(text: str) -> ApiToken:
    """The token of this text. Raises a `Problem` where it lets nobody in (any more)."""
    token = token_find(text)
    now = timezone.now()
    if token is None:
        raise Problem("token.invalid")
    if token.revoked_at is not None or not token.created_by.is_active:
        raise Problem("token.revoked")
    if token.ended(now):
        raise Problem("token.expired")
    token_used(token, now)
    return token
