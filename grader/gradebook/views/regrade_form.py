"""The form that starts a regrade: which attempts, judged by which version, and why."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import cast

from django.http import HttpRequest
from django.utils.translation import gettext as _

from assignments.models import Assignment, PackageVersion
from grader.accounts.models import User
from grader.accounts.queries import students_of
from grader.gradebook.regrading.scope import ENDED, Scope, Which

VERSIONS = 20  # the newest that are offered


@dataclass
class RegradeForm:
    """What was typed, as it is shown again, and what is wrong with it."""

    scope: Scope
    reason: str
    never_lower: bool
    students: str  # user names as typed
    version: PackageVersion | None
    versions: list[PackageVersion]
    problems: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, request: HttpRequest, assignment: Assignment) -> RegradeForm:
        """Filled from the post; before it from the address, so that other pages may open it for what they show."""
        posted = request.method == "POST"
        given = request.POST if posted else request.GET
        names = given.get("students", "")
        people, unknown = _people(assignment, names)
        which, state = given.get("which", "all"), given.get("state", "")
        versions = list(assignment.versions.order_by("-id")[:VERSIONS])
        version = next((one for one in versions if one.public_id == given.get("version")), assignment.current_version)
        form = cls(
            scope=Scope(
                which=cast(Which, which) if which in ("all", "latest", "counting") else "all",
                states=(state,) if state in ENDED else (),
                students=tuple(one.public_id for one in people),
                task=given.get("task", "")[:20],
                answer=given.get("answer", "")[:200],
            ),
            reason=given.get("reason", "").strip(),
            never_lower=given.get("never_lower") == "1" if posted else True,
            students=names,
            version=version,
            versions=versions,
        )
        if posted:
            form.problems = [_("Nobody in this course is called %(name)s.") % {"name": name} for name in unknown]
            if not form.reason:
                form.problems.append(_("Say why: students and colleagues will read it."))
        return form


def _people(assignment: Assignment, names: str) -> tuple[list[User], list[str]]:
    """Students by user name or public id, separated by spaces, commas or lines; and the words that name nobody."""
    wanted = list(dict.fromkeys(names.replace(",", " ").replace(";", " ").split()))[:2000]
    if not wanted:
        return [], []
    known = {key: one for one in students_of(assignment.course) for key in (one.username, one.public_id)}
    return [known[name] for name in wanted if name in known], [name for name in wanted if name not in known]
