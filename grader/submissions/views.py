"""The live page: where a submission is now. It hands over to the result page as soon as there is a result.

Three ways to the same part (`submissions/parts/live.html`): a stream of server-sent events, which live.js follows; its fragment,
asked for every two seconds where a stream can't be had; and the page itself, which reloads without JavaScript.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

from asgiref.sync import sync_to_async
from django.contrib.auth.decorators import login_required
from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from grader.submissions import streams
from grader.submissions.live import UNDER_WAY, Snapshot, live_of, look
from grader.submissions.models import Submission
from grader.submissions.queries import submissions_visible_to

__all__ = ["UNDER_WAY", "progress", "show", "stream"]
OVER = 286  # htmx's number for "stop asking"
PART = "submissions/parts/live.html"


@login_required
@require_safe
@never_cache
def show(request: HttpRequest, public_id: str) -> HttpResponse:
    """The page around the live part; a redirect once nothing is under way."""
    submission = _submission(request, public_id)
    now = look([submission.pk])[submission.pk]
    if not now.under_way:
        return redirect("results:show", public_id=public_id)
    mine = submission.student_id == request.user.pk
    return render(request, "submissions/live.html", {"live": live_of(now), "mine": mine})


@login_required
@require_safe
@never_cache
def progress(request: HttpRequest, public_id: str) -> HttpResponse:
    """The live part alone; when there is a result, the way to it."""
    submission = _submission(request, public_id)
    now = look([submission.pk])[submission.pk]
    if not now.under_way:
        return HttpResponse(status=OVER, headers={"HX-Redirect": _result(public_id)})
    return render(request, PART, {"live": live_of(now)})


@require_safe
async def stream(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """The live part each time that it changes, as server-sent events. 503 where there are too many streams: the page polls."""
    viewer = await sync_to_async(_viewer, thread_sensitive=False)(request, public_id)
    await sync_to_async(_let_go)()  # what middleware may have opened for this request, which may now last for minutes
    if viewer is None:
        return HttpResponse(status=403)
    if streams.hub().full(viewer.person):
        return HttpResponse(status=503, headers={"Retry-After": "30"})
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingHttpResponse(_events(viewer), content_type="text/event-stream; charset=utf-8", headers=headers)


@dataclass(frozen=True)
class Viewer:
    """Who follows which submission, in which language."""

    person: int
    submission: int
    public_id: str
    language: str


def _viewer(request: HttpRequest, public_id: str) -> Viewer | None:
    """Asked in a thread of its own, which gives its connection back."""
    try:
        if not request.user.is_authenticated:
            return None
        submission = _submission(request, public_id)
        return Viewer(request.user.pk, submission.pk, public_id, translation.get_language() or "ru")
    finally:
        connection.close()


def _let_go() -> None:
    """Of this thread's own connection: `connection.close` itself would be another thread's."""
    connection.close()


async def _events(viewer: Viewer) -> AsyncIterator[str]:
    hub = streams.hub()
    try:
        with hub.place(viewer.person):
            yield "retry: 2000\n\n"
            async with asyncio.timeout(streams.LONGEST_S):
                async for now in hub.follow(viewer.submission):
                    if now is None:
                        yield ": still here\n\n"
                    elif not now.under_way:
                        yield _event("over", _result(viewer.public_id))
                        return
                    else:
                        yield _event("live", await sync_to_async(_part, thread_sensitive=False)(now, viewer.language))
    except TimeoutError:
        return  # the browser comes back
    except streams.Full:
        yield "retry: 30000\n\n"


def _part(now: Snapshot, language: str) -> str:
    try:
        with translation.override(language):
            return render_to_string(PART, {"live": live_of(now)})
    finally:
        connection.close()  # a package that this process has not read yet was looked up


def _event(name: str, data: str) -> str:
    lines = "".join(f"data: {line}\n" for line in data.splitlines())
    return f"event: {name}\n{lines}\n"


def _result(public_id: str) -> str:
    return reverse("results:show", args=[public_id])


def _submission(request: HttpRequest, public_id: str) -> Submission:
    return get_object_or_404(submissions_visible_to(request.user), public_id=public_id)
