"""Joining a section by its link: for those who are logged in, those who have an account, and those who have none yet."""

from __future__ import annotations

from typing import cast

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from grader.accounts import throttle
from grader.accounts.models import Enrolment, Section, User
from grader.accounts.roster.table import clean
from grader.accounts.sections import join_ask, section_by_code, section_join


class RegisterForm(forms.Form):
    last_name = forms.CharField(
        label=gettext_lazy("Last name"), max_length=150, widget=forms.TextInput(attrs={"autocomplete": "family-name"})
    )
    first_name = forms.CharField(
        label=gettext_lazy("First name"), max_length=150, widget=forms.TextInput(attrs={"autocomplete": "given-name"})
    )
    email = forms.EmailField(
        label=gettext_lazy("E-mail"),
        max_length=150,  # it becomes the log-in
        help_text=gettext_lazy("It will be your log-in. A letter with a link goes there."),
        widget=forms.EmailInput(attrs={"autocomplete": "email", "autocapitalize": "none", "spellcheck": "false"}),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def show(request: HttpRequest, code: str) -> HttpResponse:
    """The page behind a section's link, and what its buttons do."""
    section = section_by_code(code)
    if section is None:
        return render(request, "accounts/join_closed.html", status=404)
    if request.user.is_authenticated:
        return _known(request, section)
    return _stranger(request, section)


def _known(request: HttpRequest, section: Section) -> HttpResponse:
    user = cast(User, request.user)
    if request.method == "POST" and section_join(user=user, section=section) in {"joined", "moved_in"}:
        messages.success(request, _("You are in: %(section)s. Here is what there is to do.") % {"section": section.name})
        return redirect("home")
    enrolment = Enrolment.objects.select_related("section").filter(user=user, course=section.course).first()
    context = {"section": section, "course": section.course, "enrolment": enrolment}
    return render(request, "accounts/join.html", context)


def _stranger(request: HttpRequest, section: Section) -> HttpResponse:
    form = RegisterForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        join_ask(
            section=section,
            email=values["email"],
            last_name=clean(values["last_name"])[:150],
            first_name=clean(values["first_name"])[:150],
            address=throttle.address_of(request),
        )
        return render(request, "accounts/join_sent.html", {"email": values["email"], "course": section.course})
    context = {"section": section, "course": section.course, "form": form}
    return render(request, "accounts/join.html", context, status=422 if form.errors else 200)
