"""Setting a password: asking for a link, following it, and changing one's own."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth import login, views
from django.contrib.auth.forms import PasswordChangeForm, SetPasswordForm
from django.contrib.auth.views import INTERNAL_RESET_SESSION_TOKEN
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse, reverse_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from grader.accounts import throttle
from grader.accounts.models import User
from grader.accounts.passwords import LinkOver, password_ask, password_set


class AskForm(forms.Form):
    email = forms.EmailField(
        label=gettext_lazy("E-mail"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email", "autocapitalize": "none", "spellcheck": "false"}),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def forgotten(request: HttpRequest) -> HttpResponse:
    """Ask for a link. The answer is the same whether or not anybody has this e-mail."""
    form = AskForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        password_ask(email=form.cleaned_data["email"], address=throttle.address_of(request))
        return redirect("password_sent")
    return render(request, "accounts/password_forgotten.html", {"form": form}, status=422 if form.errors else 200)


@require_safe
def sent(request: HttpRequest) -> HttpResponse:
    """Where to look now."""
    return render(request, "accounts/password_sent.html")


class SetPassword(views.PasswordResetConfirmView):
    """The page behind a link. Django moves the token into the session at once, so that it stays in no referrer or history."""

    template_name = "accounts/password_set.html"
    post_reset_login_backend = "grader.accounts.backends.PasswordBackend"

    def form_valid(self, form: SetPasswordForm[User]) -> HttpResponse:
        token = self.request.session.pop(INTERNAL_RESET_SESSION_TOKEN)
        try:
            user = password_set(user=form.user, token=token, password=form.cleaned_data["new_password1"])
        except LinkOver:
            self.validlink = False
            return self.render_to_response(self.get_context_data(), status=409)
        login(self.request, user, self.post_reset_login_backend)
        messages.success(self.request, _("Your password is set, and you are logged in."))
        return redirect(self.get_success_url())

    def form_invalid(self, form: SetPasswordForm[User]) -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=form), status=422)

    def get_success_url(self) -> str:
        code = self.kwargs.get("code")
        return reverse("join", args=[code]) if code else reverse("home")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"person": self.user if self.validlink else None}


class OwnPasswordForm(PasswordChangeForm):
    def save(self, commit: bool = True) -> User:
        """The password alone: what else was changed meanwhile stays changed."""
        self.user.set_password(self.cleaned_data["new_password1"])
        self.user.save(update_fields=["password"])
        return self.user


class ChangePassword(views.PasswordChangeView):
    """One's own password, by whoever knows the old one."""

    template_name = "accounts/password_change.html"
    form_class = OwnPasswordForm
    success_url = reverse_lazy("settings")

    def form_valid(self, form: PasswordChangeForm) -> HttpResponse:
        messages.success(self.request, _("Your password is changed. Other devices are logged out."))
        return super().form_valid(form)

    def form_invalid(self, form: PasswordChangeForm) -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=form), status=422)
