"""One person of a course: role, section, limits, a link to set a password, and taking them out."""

from __future__ import annotations

from typing import cast

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from assignments.models import Course
from grader.accounts.members import IdTaken, LastTeacher, OwnRole, member_change, member_remove
from grader.accounts.models import Enrolment, Role, Section, User
from grader.accounts.passwords import password_path, people_invite
from grader.accounts.queries import link_may_be_shown, members_visible_to
from grader.accounts.views.roster import course_managed


class MemberForm(forms.Form):
    role = forms.ChoiceField(label=gettext_lazy("Role"), choices=Role.choices)
    section = forms.ModelChoiceField(
        Section.objects.none(),
        label=gettext_lazy("Section"),
        required=False,
        empty_label=gettext_lazy("none"),
        to_field_name="public_id",
    )
    external_user_id = forms.CharField(
        label=gettext_lazy("Id in the LMS"),
        required=False,
        max_length=255,
        help_text=gettext_lazy("By it the LMS knows whose grade it is told."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    limited_to = forms.ModelMultipleChoiceField(Section.objects.none(), required=False, to_field_name="public_id")

    def __init__(self, data: object, *, enrolment: Enrolment) -> None:
        initial = {
            "role": enrolment.role,
            "section": enrolment.section.public_id if enrolment.section else "",
            "external_user_id": enrolment.external_user_id,
            "limited_to": [section.public_id for section in enrolment.limited_to.all()],
        }
        super().__init__(data, initial=initial)  # type: ignore[arg-type]  # a query dict or nothing
        for name in ("section", "limited_to"):
            field = cast("forms.ModelChoiceField[Section]", self.fields[name])
            field.queryset = Section.objects.filter(course=enrolment.course_id)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def show(request: HttpRequest, course: str, person: str) -> HttpResponse:
    """The page, and saving it."""
    found, enrolment = _member(request, course, person)
    form = MemberForm(request.POST if request.method == "POST" else None, enrolment=enrolment)
    if request.method == "POST" and form.is_valid() and _save(request, form, enrolment):
        messages.success(request, _("Saved."))
        return redirect("people:member", found.slug, person)
    return _page(request, found, enrolment, form)


@login_required
@require_POST
@never_cache
def link(request: HttpRequest, course: str, person: str) -> HttpResponse:
    """A link to set a password: by mail, or shown to be handed over where nobody else could get it."""
    found, enrolment = _member(request, course, person)
    user = enrolment.user
    if request.POST.get("do") == "show" and link_may_be_shown(user, found):
        address = request.build_absolute_uri(password_path(user))
        return _page(request, found, enrolment, MemberForm(None, enrolment=enrolment), address)
    if people_invite(people=[user], course_slug=found.slug):
        messages.success(request, _("A link is on its way to %(email)s.") % {"email": user.email})
    else:
        messages.warning(request, _("No letter was sent: there is no e-mail, or a password is set already."))
    return redirect("people:member", found.slug, person)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def remove(request: HttpRequest, course: str, person: str) -> HttpResponse:
    """Ask, then take somebody out of the course."""
    found, enrolment = _member(request, course, person)
    name = enrolment.user.display_name()
    if request.method != "POST":
        context = {"course": found, "manages": True, "member": enrolment, "name": name, "own": enrolment.user == request.user}
        return render(request, "accounts/member_remove.html", context)
    try:
        member_remove(enrolment=enrolment, by=cast(User, request.user))
    except OwnRole:
        messages.error(request, _("You can't take yourself out of the course. Another teacher can."))
        return redirect("people:member", found.slug, person)
    except LastTeacher:
        messages.error(request, _last_teacher())
        return redirect("people:member", found.slug, person)
    messages.success(request, _("%(name)s is no longer in the course. Their work and grades are kept.") % {"name": name})
    return redirect("people:course", found.slug)


def _member(request: HttpRequest, course: str, person: str) -> tuple[Course, Enrolment]:
    found = course_managed(request, course)
    return found, get_object_or_404(members_visible_to(request.user, found).select_related("course"), user__public_id=person)


def _save(request: HttpRequest, form: MemberForm, enrolment: Enrolment) -> bool:
    values = form.cleaned_data
    try:
        member_change(
            enrolment=enrolment,
            role=Role(values["role"]),
            section=values["section"],
            external_user_id=values["external_user_id"],
            limited_to=list(values["limited_to"]),
            by=cast(User, request.user),
        )
    except OwnRole:
        form.add_error("role", _("You can't change your own role. Another teacher can."))
    except LastTeacher:
        form.add_error("role", _last_teacher())
    except IdTaken:
        form.add_error("external_user_id", _("Somebody else in this course has this id."))
    return form.is_valid()


def _last_teacher() -> str:
    return _("This is the course's last teacher. Make somebody else a teacher first.")


def _page(request: HttpRequest, course: Course, enrolment: Enrolment, form: MemberForm, link: str = "") -> HttpResponse:
    user = enrolment.user
    context = {
        "course": course,
        "manages": True,
        "member": enrolment,
        "person": user,
        "name": user.display_name(),
        "form": form,
        "limits": form.fields["limited_to"].choices,  # type: ignore[attr-defined]  # a field of choices
        "limited": form["limited_to"].value() or [],
        "link": link,
        "fresh": link_may_be_shown(user, course),
        "may_invite": bool(user.email) and not user.has_usable_password(),
    }
    return render(request, "accounts/member.html", context, status=422 if form.errors else 200)
