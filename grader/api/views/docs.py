"""The documentation, made from the schema."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from grader.api.kinds import KINDS


@require_safe
def problem(request: HttpRequest, code: str) -> HttpResponse:
    """What a problem means, and what to do."""
    if code not in KINDS:
        raise Http404(code)
    return render(request, "api/problem.html", {"kind": KINDS[code]})
