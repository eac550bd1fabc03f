"""What holds for every request under /api/: its id, problems where Django would show a page, the headers of all answers.

Pages for people (/api/v1/docs/) are none of its business.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from asgiref.sync import iscoroutinefunction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers
from django.utils.decorators import sync_and_async_middleware

from grader.api.problems import MEDIA_TYPE, Problem, problem_answer
from grader.ids import public_id

_GIVEN_ID = re.compile(r"[\w.-]{1,100}", re.ASCII)
_TAKEN = ("*/*", "application/*", "application/json", MEDIA_TYPE)
_PLAIN = {400: "bad_request", 404: "route.unknown", 405: "method.not_allowed", 413: "too_large", 500: "internal"}


@sync_and_async_middleware
def api_requests(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    if iscoroutinefunction(get_response):

        async def later(request: HttpRequest) -> HttpResponseBase:
            if not _ours(request):
                return await get_response(request)  # type: ignore[no-any-return]
            refused = _begin(request)
            return _end(request, refused or await get_response(request))

        return later

    def at_once(request: HttpRequest) -> HttpResponseBase:
        if not _ours(request):
            return get_response(request)  # type: ignore[no-any-return]
        refused = _begin(request)
        return _end(request, refused or get_response(request))

    return at_once


def _ours(request: HttpRequest) -> bool:
    return request.path.startswith("/api/") and not request.path.startswith("/api/v1/docs/")


def _begin(request: HttpRequest) -> HttpResponse | None:
    given = request.headers.get("X-Request-Id", "")
    request.request_id = given if _GIVEN_ID.fullmatch(given) else public_id("req")  # type: ignore[attr-defined]
    accepted = [part.split(";")[0].strip().lower() for part in request.headers.get("Accept", "*/*").split(",")]
    if not any(kind in _TAKEN for kind in accepted):
        return problem_answer(request, Problem("not_acceptable"))
    return None


def _end(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    code = _PLAIN.get(response.status_code)
    if code and response.headers.get("Content-Type", "").split(";")[0] not in (MEDIA_TYPE, "application/json"):
        kept = {name: response.headers[name] for name in ("Allow",) if name in response.headers}
        response = problem_answer(request, Problem(code, headers=kept))
    response.headers["X-Request-Id"] = request.request_id  # type: ignore[attr-defined]
    response.headers.setdefault("Cache-Control", "private, no-cache")
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    rate = getattr(request, "rate", None)
    if rate is not None and "RateLimit" not in response.headers:
        for name, value in rate.headers().items():
            response.headers[name] = value
    patch_vary_headers(response, ["Accept-Language", "Authorization"])
    return response
