"""The documentation, made from the schema: what programs read as JSON, people read as pages."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from grader.api.kinds import KINDS
from grader.api.openapi import schema
from grader.api.reading import headings
from grader.lms.said import EVENTS


@require_safe
def openapi(request: HttpRequest) -> JsonResponse:
    """The schema itself."""
    response = JsonResponse(schema(), json_dumps_params={"ensure_ascii": False})
    response["Cache-Control"] = "public, max-age=300"
    return response


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Every route, by resource."""
    here = request.build_absolute_uri("/api/v1")
    return render(request, "api/docs.html", {"headings": headings(), "here": here, "events": EVENTS.items()})


@require_safe
def problems(request: HttpRequest) -> HttpResponse:
    """Every code."""
    return render(request, "api/problems.html", {"kinds": KINDS.values()})


@require_safe
def problem(request: HttpRequest, code: str) -> HttpResponse:
    """What a problem means, and what to do."""
    if code not in KINDS:
        raise Http404(code)
    return render(request, "api/problem.html", {"kind": KINDS[code]})
