"""What a course changes for students, and what was published, as a page says it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext_lazy, pgettext_lazy

from assignments.models import Assignment, Course, CourseUpload, Publication
from assignments.package import differences
from assignments.package.values import AssignmentPackage
from assignments.queries import package_of
from grader import catalogue
from grader.catalogue.values import unpacked
from grader.courses.queries import versions_in
from grader.submissions.templatetags.words import language

CAUSES = {
    Publication.Cause.BEFORE: gettext_lazy("as it was before the first change made here"),
    Publication.Cause.UPLOAD: gettext_lazy("uploaded"),
    Publication.Cause.ANSWER: gettext_lazy("an answer accepted"),
    Publication.Cause.ROLLBACK: gettext_lazy("an earlier state brought back"),
    Publication.Cause.COMMAND: gettext_lazy("loaded on the server"),
}
CHECKS = {
    "": pgettext_lazy("check", "not checked"),
    "waiting": pgettext_lazy("check", "check under way"),
    "done": pgettext_lazy("check", "checked"),
    "stopped": pgettext_lazy("check", "check stopped"),
}


@dataclass(frozen=True)
class Change:
    """What would become of one assignment, in the reader's language."""

    slug: str
    way: str  # new, changed, same, stays
    sentences: tuple[str, ...] = ()


@dataclass(frozen=True)
class Published:
    """A line of the history."""

    publication: Publication
    cause: str
    now: bool  # it is what students get


def changes(course: Course, versions: Sequence[Sequence[str]]) -> list[Change]:
    """Assignment by assignment, what these versions would change."""
    rows = Assignment.objects.filter(course=course, current_version__isnull=False).select_related("current_version")
    current = {row.slug: row.current_version.public_id for row in rows if row.current_version}
    wanted = {str(slug): str(name) for slug, name in versions}
    packages = _packages(course, {*current.values(), *wanted.values()})
    found = [_change(slug, current.get(slug), name, packages) for slug, name in wanted.items()]
    return found + [Change(slug, "stays") for slug in current if slug not in wanted]


def _packages(course: Course, names: set[str]) -> dict[str, AssignmentPackage]:
    return {one.public_id: package_of(one) for one in versions_in(course).filter(public_id__in=names)}


def _change(slug: str, before: str | None, after: str, packages: dict[str, AssignmentPackage]) -> Change:
    if before == after:
        return Change(slug, "same")
    if before is None:
        return Change(slug, "new")
    said = differences.of_assignments(packages[before], packages[after])
    return Change(slug, "changed", tuple(catalogue.say(one, language()) for one in said))


def problems(upload: CourseUpload) -> list[str]:
    """What the proof found wrong."""
    return [catalogue.say(unpacked(kept), language()) for kept in upload.check_problems]


def history(course: Course) -> list[Published]:
    """Publications, newest first."""
    rows = list(course.publications.select_related("made_by", "course")[:100])
    return [Published(one, str(CAUSES[Publication.Cause(one.cause)]), now=place == 0) for place, one in enumerate(rows)]
