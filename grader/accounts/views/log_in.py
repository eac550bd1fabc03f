"""Logging in and out, and which language the pages speak.

The language travels in Django's language cookie, so that it works before anyone is known. A person's own choice is
also kept on their row: mail is written in it, and a new browser starts with it.
"""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView, redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe
from django.views.i18n import set_language as django_set_language

from grader.accounts import throttle
from grader.accounts.models import User


class LogInForm(AuthenticationForm):
    """Django's, with sentences that say what to do."""

    error_messages = {
        "invalid_login": _("That username and password do not match. Check your keyboard layout and Caps Lock, then try again."),
        "inactive": _("This account is disabled. Ask your teacher."),
    }


class LogIn(LoginView):
    """The log-in page. Whoever is in already goes on to their courses."""

    template_name = "accounts/login.html"
    authentication_form = LogInForm
    redirect_authenticated_user = True

    def post(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        """Look at the password only while this name and this address have tries left."""
        limits = self._limits()
        again_at = throttle.try_begin(limits)
        if again_at is not None:
            return self._too_often(again_at)
        form = self.get_form()
        if not form.is_valid():
            return self.form_invalid(form)
        throttle.try_succeeded(limits)
        return self.form_valid(form)

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        """Log in; a language picked before it wins over the one on the row."""
        response = super().form_valid(form)
        user = form.get_user()
        picked = self.request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME)
        if picked in dict(settings.LANGUAGES):
            _remember(user, picked)
        else:
            language_cookie_set(response, user.language)
        return response

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=form), status=422)

    def _limits(self) -> list[throttle.Limit]:
        return throttle.log_in_limits(self.request.POST.get("username", "").strip()[:300], throttle.address_of(self.request))

    def _too_often(self, again_at: datetime) -> HttpResponse:
        wait_s = max(1, round((again_at - timezone.now()).total_seconds()))
        context = self.get_context_data(form=self.get_form_class()(self.request), too_often=again_at)
        context |= {"again": wait_words(wait_s), "username": self.request.POST.get("username", "")[:150]}
        response = self.render_to_response(context, status=429)
        response["Retry-After"] = str(wait_s)
        return response


def wait_words(wait_s: int) -> str:
    """How long to wait, as one says it: 40 seconds, 3 minutes."""
    if wait_s <= 90:
        return ngettext("%(number)d second", "%(number)d seconds", wait_s) % {"number": wait_s}
    minutes = -(-wait_s // 60)
    return ngettext("%(number)d minute", "%(number)d minutes", minutes) % {"number": minutes}


@require_safe
def log_in_to_admin(request: HttpRequest) -> HttpResponse:
    """The admin's pages have no door of their own: at it nobody would count the tries. Who is in and is no admin is told so."""
    if request.user.is_authenticated:
        raise PermissionDenied
    return redirect_to_login(request.GET.get("next") or reverse("admin:index"))


@require_POST
def log_out(request: HttpRequest) -> HttpResponse:
    """End the session; back to the log-in page."""
    logout(request)
    return redirect("login")


@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """Switch the pages' language and go back to where one was (Django refuses addresses of other sites)."""
    language = request.POST.get("language", "")
    if request.user.is_authenticated and language in dict(settings.LANGUAGES):
        _remember(request.user, language)
    return django_set_language(request)


def _remember(user: User, language: str) -> None:
    if user.language != language:
        user.language = language
        user.save(update_fields=["language"])


def language_cookie_set(response: HttpResponse, language: str) -> None:
    """The cookie that Django reads the pages' language from."""
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=settings.LANGUAGE_COOKIE_AGE,
        path=settings.LANGUAGE_COOKIE_PATH,
        domain=settings.LANGUAGE_COOKIE_DOMAIN,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
        samesite="Lax",
    )
