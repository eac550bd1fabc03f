"""A file by its signed address. It is a student's bytes, so no browser may show it as a page of ours."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from grader import blobs
from grader.api import files
from grader.api.problems import Problem, problem_answer


@require_safe
def show(request: HttpRequest, signed: str) -> HttpResponse:
    """The bytes, or a problem."""
    try:
        kept = files.find(signed)
    except Problem as problem:
        return problem_answer(request, problem)
    headers = {
        "Content-Disposition": f'attachment; filename="{kept.name}"',
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-store",
    }
    return HttpResponse(blobs.get(kept.digest), content_type="application/x-ipynb+json", headers=headers)
