"""One's own settings: language, time zone, and what to be written about."""

from __future__ import annotations

from typing import cast

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from grader.accounts.models import User
from grader.accounts.views.log_in import language_cookie_set
from grader.accounts.zones import zone_choices


class SettingsForm(forms.ModelForm):  # type: ignore[type-arg]  # generic for type checkers only
    time_zone = forms.ChoiceField(label=gettext_lazy("Time zone"), required=False)

    class Meta:
        model = User
        fields = ("language", "time_zone", "mail_results", "mail_reviews", "mail_extensions", "shortcuts")
        labels = {
            "language": gettext_lazy("Language of pages and mail"),
            "mail_results": gettext_lazy("my work has been graded"),
            "mail_reviews": gettext_lazy("a review that I asked for is answered"),
            "mail_extensions": gettext_lazy("I am given more time or attempts"),
            "shortcuts": gettext_lazy("Keys of one letter work on pages that have them"),
        }

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # passed on as they came
        kept = self.instance.time_zone
        known = zone_choices()
        extra = [(kept, kept)] if kept and kept not in dict(known) else []
        site = _("As the site: %(zone)s") % {"zone": settings.TIME_ZONE.replace("_", " ")}
        cast(forms.ChoiceField, self.fields["time_zone"]).choices = [("", site), *extra, *known]


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def show(request: HttpRequest) -> HttpResponse:
    """The page, and saving it."""
    user = cast(User, request.user)
    form = SettingsForm(request.POST or None, instance=user)
    if request.method != "POST" or not form.is_valid():
        return render(request, "accounts/settings.html", {"form": form}, status=422 if form.errors else 200)
    user.save(update_fields=SettingsForm.Meta.fields)  # what else of the row was changed meanwhile stays changed
    with translation.override(user.language):
        messages.success(request, _("Saved."))
    response = redirect("settings")
    language_cookie_set(response, user.language)
    return response
