"""What went wrong, as application/problem+json (RFC 9457), in the caller's language. The codes are in `kinds.py`."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext_lazy
from django.utils.translation.trans_real import parse_accept_lang_header
from ninja.errors import HttpError, ValidationError

from grader.api.kinds import KINDS, Words
from grader.catalogue import render
from grader.checks.values import Values

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
AWAY_S = 5  # when to come again if the database is away


@dataclass(frozen=True)
class FieldProblem:
    """What is wrong with one field. `pointer` is a JSON pointer into the body, or `?name` for a parameter of the address.

    `detail` is a sentence; without one it is the catalogue's for `code` and `values`.
    """

    pointer: str
    code: str
    detail: Words = ""
    values: Values | None = None


class Problem(Exception):
    """Ends a request with a problem of this code. Whatever the request wrote is taken back."""

    def __init__(
        self,
        code: str,
        detail: Words = "",
        *,
        errors: Iterable[FieldProblem] = (),
        headers: Mapping[str, str] | None = None,
        **more: Any,
    ) -> None:
        self.kind = KINDS[code]
        self.detail, self.errors, self.headers, self.more = detail, tuple(errors), dict(headers or {}), more
        super().__init__(code)


def not_found() -> Problem:
    return Problem("not_found")


def wrong_field(pointer: str, code: str, detail: Words) -> Problem:
    """One field can't be taken."""
    return Problem("validation.failed", errors=[FieldProblem(pointer, code, detail)])


def problem_answer(request: HttpRequest, problem: Problem) -> HttpResponse:
    kind, language = problem.kind, language_of(request)
    with translation.override(language):
        body: dict[str, Any] = {
            "type": request.build_absolute_uri(reverse("api-problem", args=[kind.code])),
            "title": str(kind.title),
            "status": kind.status,
            "detail": str(problem.detail or kind.mend),
            "instance": request.path,
            "code": kind.code,
            "request_id": getattr(request, "request_id", ""),
            **problem.more,
        }
        if problem.errors:
            body["errors"] = [_field(one, language) for one in problem.errors]
    headers = {"Content-Language": language, "Cache-Control": "no-store", **problem.headers}
    if kind.status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="api"'
    answer = HttpResponse(json.dumps(body, ensure_ascii=False), status=kind.status, content_type=MEDIA_TYPE)
    for name, value in headers.items():
        answer[name] = value
    return answer


def _field(one: FieldProblem, language: str) -> dict[str, str]:
    detail = str(one.detail) or render(one.code, one.values or {}, language)
    return {"pointer": one.pointer, "code": one.code, "detail": detail}


def language_of(request: HttpRequest) -> str:
    """By Accept-Language, else the site's. A cookie counts for nothing here."""
    asked = request.headers.get("Accept-Language", "")
    for part, _weight in parse_accept_lang_header(asked):
        if part[:2] in ("ru", "en"):
            return part[:2]
    return "ru"


# ------------------------------------------------------------------ exceptions of others

NOT_UTF8 = gettext_lazy("The body is not what its Content-Type says.")


def problem_of(exc: Exception) -> Problem:
    """What the caller is told of an exception; ours are logged."""
    if isinstance(exc, Problem):
        return exc
    if isinstance(exc, ValidationError):
        return Problem("validation.failed", errors=[_invalid(error) for error in exc.errors[:50]])
    if isinstance(exc, Http404):
        return not_found()
    if isinstance(exc, RequestDataTooBig):
        return Problem("too_large")
    if isinstance(exc, (HttpError, SuspiciousOperation, MultiPartParserError, UnreadablePostError, UnicodeError)):
        return Problem("bad_request", NOT_UTF8)
    if isinstance(exc, (OperationalError, InterfaceError)):
        log.warning("the API has no database: %s", exc)
        return Problem("unavailable", headers={"Retry-After": str(AWAY_S)})
    log.exception("a request of the API failed", exc_info=exc)
    return Problem("internal")


# pydantic's names of what is wrong, in words of ours where they are common.
_SAYS: dict[str, Words] = {
    "missing": gettext_lazy("This field is required."),
    "extra_forbidden": gettext_lazy("There is no such field."),
    "string_too_long": gettext_lazy("This text is too long."),
    "string_too_short": gettext_lazy("This text is too short."),
    "string_pattern_mismatch": gettext_lazy("This text has characters that are not taken here."),
    "int_parsing": gettext_lazy("This must be a whole number."),
    "less_than_equal": gettext_lazy("This number is too large."),
    "greater_than_equal": gettext_lazy("This number is too small."),
    "enum": gettext_lazy("This is none of the known values."),
    "literal_error": gettext_lazy("This is none of the known values."),
}


def _invalid(error: Mapping[str, Any]) -> FieldProblem:
    source, *path = error["loc"]
    if source in ("query", "path", "header"):
        pointer = "?" + str(path[0] if path else "")
    else:  # ninja names the parameter that holds the body before the path in it
        inner = path[1:] if source == "body" else path
        pointer = "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in inner)
    kind = str(error["type"])
    return FieldProblem(pointer, f"field.{kind}", _SAYS.get(kind) or gettext_lazy("This value can't be taken here."))
