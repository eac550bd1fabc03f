"""Switching a kind of mail off by the link in it; and, in development, the letters that would have gone out."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from grader.notifications.choices import choice_of, choice_set
from grader.notifications.outbox import letter_at, letters_written
from grader.notifications.services import wants


@csrf_exempt  # the signed token is the permission; a mail program's button can send no other
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def choice(request: HttpRequest, token: str) -> HttpResponse:
    """Reading the page changes nothing, since mail scanners follow links; its button, or a mail program's own, does."""
    found = choice_of(token)
    if found is None:
        return render(request, "notifications/choice.html", {"what": ""}, status=404)
    user, kind = found
    if request.method == "POST":
        choice_set(user, kind, wanted=request.POST.get("do") == "on")
    return render(request, "notifications/choice.html", {"what": kind.name, "wanted": wants(user, kind), "person": user})


@login_required
@require_safe
@never_cache
def letters(request: HttpRequest) -> HttpResponse:
    """The newest letters that were written to files. Only in a demo: they hold links that set passwords."""
    _demo_only()
    return render(request, "notifications/dev_mail.html", {"letters": letters_written(100)})


@login_required
@require_safe
@never_cache
def letter(request: HttpRequest, file: str, place: int) -> HttpResponse:
    _demo_only()
    found = letter_at(file, place)
    if found is None:
        raise Http404
    return render(request, "notifications/dev_letter.html", {"letter": found})


@login_required
@require_safe
@never_cache
def letter_html(request: HttpRequest, file: str, place: int) -> HttpResponse:
    """The HTML part by itself, where it may load and run nothing."""
    _demo_only()
    found = letter_at(file, place)
    if found is None or not found.html:
        raise Http404
    response = HttpResponse(found.html)
    response["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox"
    return response


def _demo_only() -> None:
    if not settings.GRADER_DEMO:
        raise Http404
