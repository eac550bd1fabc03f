"""How a resource says what its routes are. One place does for all of them what no view should have to think of.

`Routes` wraps a view so that what it returns becomes an answer with an ETag (304 on a GET), a POST is done once for an
Idempotency-Key, a retiring route says so, and the schema names every problem that may come. The view itself takes plain values
and returns a schema, or an `Answer` where it has more to say.
"""

from __future__ import annotations

import asyncio
import functools
import inspect
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar, cast

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema

from grader.api.auth import JSON, ApiRequest, Bearer
from grader.api.conditional import etag_of, not_modified, shown, unchanged
from grader.api.declared import ALL, Route
from grader.api.describing import responses_of
from grader.api.idempotency import once
from grader.api.paging import Page
from grader.api.problems import Problem

View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True)
class Answer:
    """What a view answers where the value alone does not say all. `status`: another than the route's, 201 where it `creates`."""

    value: Schema | None
    headers: Mapping[str, str] = field(default_factory=dict)
    status: int | None = None


class Routes:
    """The routes of one resource, under one heading of the documentation."""

    def __init__(self, heading: str) -> None:
        self.router = Router(tags=[heading])

    def get(self, path: str, *, gives: type[Schema], **more: Any) -> Callable[[View], View]:
        return self._declare("GET", path, gives=gives, **more)

    def post(self, path: str, *, gives: type[Schema] | None, status: int = 201, **more: Any) -> Callable[[View], View]:
        """`keyed="optional"` only where a key of the object's own (an external id, say) makes a repeated request harmless."""
        more = {"keyed": "required", "takes": JSON, **more}
        return self._declare("POST", path, gives=gives, status=status, **more)

    def put(self, path: str, *, gives: type[Schema], **more: Any) -> Callable[[View], View]:
        return self._declare("PUT", path, gives=gives, **{"takes": JSON, **more})

    def patch(self, path: str, *, gives: type[Schema], **more: Any) -> Callable[[View], View]:
        return self._declare("PATCH", path, gives=gives, **{"takes": JSON, **more})

    def delete(self, path: str, *, gives: type[Schema] | None = None, **more: Any) -> Callable[[View], View]:
        return self._declare("DELETE", path, gives=gives, status=200 if gives else 204, **more)

    def _declare(self, method: str, path: str, **more: Any) -> Callable[[View], View]:
        def declare(view: View) -> View:
            route = Route(method, path, view, **more)
            ALL.append(route)
            register = getattr(self.router, method.lower())
            register(
                path,
                auth=None if route.open_to_all else Bearer(scopes=route.scopes, takes=route.takes),
                response=dict.fromkeys(route.statuses, route.gives),
                operation_id=route.name,
                summary=(view.__doc__ or route.name).strip().splitlines()[0].rstrip("."),
                description=inspect.cleandoc(view.__doc__ or ""),
                deprecated=True if route.retiring else None,
                openapi_extra=responses_of(route),
            )(_answering(route))
            return view

        return declare


def _answering(route: Route) -> Callable[..., Any]:
    """The view as ninja is given it: with its own parameters, answering with bytes."""
    view = route.view
    if asyncio.iscoroutinefunction(view):

        @functools.wraps(view)
        async def later(request: HttpRequest, **values: Any) -> HttpResponse:
            _look_at_sunset(route)
            return _answer(request, route, await view(request, **values))

        wrapped: Callable[..., Any] = later
    else:

        @functools.wraps(view)
        def at_once(request: HttpRequest, **values: Any) -> HttpResponse:
            _look_at_sunset(route)

            def work() -> HttpResponse:
                return _answer(request, route, view(request, **values))

            if not route.keyed:
                return work()
            return once(request, cast(ApiRequest, request).auth, work, required=route.keyed == "required")

        wrapped = at_once
    wrapped.__signature__ = _signature(view)  # type: ignore[attr-defined]
    return wrapped


def _signature(view: Callable[..., Any]) -> inspect.Signature:
    """With annotations as types and not as texts: ninja would look the texts up in this module."""
    hints = typing.get_type_hints(view, include_extras=True)
    plain = inspect.signature(view)
    return plain.replace(
        parameters=[one.replace(annotation=hints.get(one.name, one.annotation)) for one in plain.parameters.values()],
        return_annotation=inspect.Signature.empty,
    )


def _answer(request: HttpRequest, route: Route, result: Schema | Answer | None) -> HttpResponse:
    answer = result if isinstance(result, Answer) else Answer(result)
    headers = {**(route.retiring.headers() if route.retiring else {}), **answer.headers}
    status = answer.status or route.status
    if status not in route.statuses:
        raise TypeError(f"{route.name} answered {status}, and it declares {route.statuses}")
    if answer.value is None:
        return HttpResponse(status=204, headers=headers)
    wanted = Page if route.gives and issubclass(route.gives, Page) else route.gives
    if wanted is None or not isinstance(answer.value, wanted):
        raise TypeError(f"{route.name} gave {type(answer.value).__name__}, and its schema says {route.gives}")
    if isinstance(answer.value, Page) and answer.value.next_cursor:
        headers["Link"] = _next(request, answer.value.next_cursor)
    body = shown(answer.value)
    etag = etag_of(body)
    if request.method == "GET" and unchanged(request, etag):
        response = not_modified(etag)
    else:
        response = HttpResponse(body, status=status, content_type=JSON)
        response["ETag"] = etag
    for name, value in headers.items():
        response[name] = value
    return response


def _next(request: HttpRequest, cursor: str) -> str:
    query = request.GET.copy()
    query["cursor"] = cursor
    return f'<{request.build_absolute_uri(request.path)}?{query.urlencode()}>; rel="next"'


def _look_at_sunset(route: Route) -> None:
    if route.retiring and datetime.now(UTC) >= route.retiring.sunset:
        raise Problem("route.retired", headers=route.retiring.headers(), instead=route.retiring.instead)
