"""The people of a course: who is in it, in which role and section, and whether they ever came."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from assignments.models import Course
from grader.accounts.members import members_move
from grader.accounts.models import Enrolment, Role, Section, User
from grader.accounts.names import folded
from grader.accounts.passwords import people_invite
from grader.accounts.queries import courses_taught_by, may_manage, members_visible_to, sections_of
from grader.accounts.roster.table import clean

A_PAGE = 500


@dataclass(frozen=True)
class Wanted:
    """How the list is narrowed; it stays in the address, so that it can be shared."""

    text: str = ""
    role: str = ""
    section: str = ""  # public id, or "none"
    new: bool = False  # those who never came

    @classmethod
    def of(cls, query: QueryDict) -> Wanted:
        return cls(query.get("q", "").strip()[:100], query.get("role", ""), query.get("section", ""), query.get("new") == "1")

    @property
    def narrows(self) -> bool:
        return bool(self.text or self.role or self.section or self.new)

    def fits(self, row: Enrolment) -> bool:
        if self.role and row.role != self.role:
            return False
        if self.section == "none" and (row.section_id or row.role != Role.STUDENT):
            return False
        if self.section not in {"", "none"} and (row.section is None or row.section.public_id != self.section):
            return False
        if self.new and row.user.last_login is not None:
            return False
        person = row.user
        names = (
            person.display_name(),
            f"{person.first_name} {person.last_name}",
            person.username,
            person.email,
            row.external_user_id,
        )
        return folded(self.text) in folded("\n".join(names))

    def address(self, page: int) -> str:
        values = {"q": self.text, "role": self.role, "section": self.section, "new": "1" if self.new else "", "page": page}
        return "?" + urlencode({key: value for key, value in values.items() if value})


def course_taught(request: HttpRequest, slug: str) -> tuple[Course, bool]:
    """The course, and whether this person manages it. Nobody but those who teach it finds it."""
    found = get_object_or_404(courses_taught_by(request.user), slug=slug)
    return found, may_manage(request.user, found)


def course_managed(request: HttpRequest, slug: str) -> Course:
    """The course, for its teachers: an assistant is told that this is not theirs to do."""
    found, manages = course_taught(request, slug)
    if not manages:
        raise PermissionDenied
    return found


@login_required
@require_safe
@never_cache
def course(request: HttpRequest, course: str) -> HttpResponse:
    """The list, narrowed by `?q=`, `?role=`, `?section=` and `?new=1`; the same number of queries whatever the size."""
    found, manages = course_taught(request, course)
    wanted = Wanted.of(request.GET)
    everybody = list(members_visible_to(request.user, found))
    rows = sorted((row for row in everybody if wanted.fits(row)), key=_order)
    page = _page(request.GET.get("page", ""), len(rows))
    pages = range(1, -(-len(rows) // A_PAGE) + 1)
    context = {
        "course": found,
        "manages": manages,
        "wanted": wanted,
        "rows": rows[(page - 1) * A_PAGE : page * A_PAGE],
        "people": len(everybody),
        "matching": len(rows),
        "roles": Role.choices,
        "sections": sections_of(found),
        "page": page,
        "pages": [(number, wanted.address(number)) for number in pages] if len(pages) > 1 else [],
        "never_came": sum(row.user.last_login is None for row in everybody),
    }
    return render(request, "accounts/people.html", context)


@login_required
@require_POST
def bulk(request: HttpRequest, course: str) -> HttpResponse:
    """What is done to the ticked people: a section, or a letter with a link to set a password."""
    found = course_managed(request, course)
    chosen = members_visible_to(request.user, found).filter(
        user__public_id__in=[clean(who) for who in request.POST.getlist("who")]
    )
    people = [row.user for row in chosen]
    if not people:
        messages.warning(request, _("Nobody was ticked, so nothing was done."))
    elif request.POST.get("do") == "invite":
        _invite(request, found, people)
    elif request.POST.get("do") == "move":
        _move(request, found, people)
    back = request.POST.get("back", "")
    return redirect(f"{request.path.removesuffix('bulk/')}{back if back.startswith('?') else ''}")


def _invite(request: HttpRequest, course: Course, people: Sequence[User]) -> None:
    number = people_invite(people=list(people), course_slug=course.slug)
    said = ngettext("A link goes to %(number)d person.", "A link goes to %(number)d people.", number) % {"number": number}
    if number < len(people):
        said += " " + _("The others have a password already, or no e-mail.")
    messages.success(request, said)


def _move(request: HttpRequest, course: Course, people: Sequence[User]) -> None:
    chosen = clean(request.POST.get("section", ""))
    section = get_object_or_404(Section, course=course, public_id=chosen) if chosen else None
    number = members_move(course=course, people=people, section=section)
    words = {"number": number, "section": section.name if section else _("no section")}
    said = ngettext("%(number)d student is now in: %(section)s.", "%(number)d students are now in: %(section)s.", number)
    messages.success(request, said % words)


def _order(row: Enrolment) -> tuple[int, str]:
    """Teachers first, then assistants, then students; each by name."""
    rank = (Role.TEACHER, Role.ASSISTANT, Role.STUDENT).index(Role(row.role))
    return rank, folded(row.user.display_name())


def _page(given: str, rows: int) -> int:
    last = max(1, -(-rows // A_PAGE))
    return min(int(given), last) if given.isascii() and given.isdigit() and 0 < len(given) < 6 and given != "0" else 1
