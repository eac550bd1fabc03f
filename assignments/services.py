"""Taking a course into the database: package versions by content, and the folder of a version on this machine."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import transaction

from assignments.models import Assignment, Course, PackageVersion, Publication
from assignments.package import load_assignment, load_course, pack, unpack
from assignments.package.values import AssignmentPackage, CoursePackage
from grader import blobs


@dataclass(frozen=True)
class CourseLoaded:
    """What loading a course did: slugs whose content is new, and those that were as before."""

    course: Course
    changed: tuple[str, ...]
    unchanged: tuple[str, ...]


def course_load(folder: Path) -> CourseLoaded:
    """Read a course's folder and make it what new submissions get. Raises `PackageErrors` with all that is wrong.

    Content decides: a folder that packs to the same bytes makes no new version, and what an admin set by hand stays.
    """
    package = load_course(folder)
    with transaction.atomic():
        course, _ = Course.objects.get_or_create(slug=package.slug, defaults={"title": dict(package.title)})
        versions = versions_store(course, package)
        wanted = [(asked, versions[asked.slug]) for asked in package.assignments]
        made = versions_publish(course, wanted, title=package.title, cause=Publication.Cause.COMMAND)
    changed = tuple(made.changed) if made else ()
    unchanged = tuple(assignment.slug for assignment in package.assignments if assignment.slug not in changed)
    return CourseLoaded(course, changed, unchanged)


def versions_store(course: Course, package: CoursePackage) -> dict[str, PackageVersion]:
    """Keep each assignment's content as a version, by slug. Students get nothing of it yet."""
    versions = {}
    for asked in package.assignments:
        row, _ = Assignment.objects.get_or_create(course=course, slug=asked.slug)
        versions[asked.slug], _ = PackageVersion.objects.get_or_create(assignment=row, digest=blobs.put(pack(asked.root)))
    return versions


@transaction.atomic
def versions_publish(
    course: Course,
    wanted: Sequence[tuple[AssignmentPackage, PackageVersion]],
    *,
    cause: Publication.Cause,
    title: Mapping[str, str] | None = None,
    by: AbstractUser | None = None,
    note: str = "",
) -> Publication | None:
    """Make these versions what new submissions get, in this order, and write down who did. None: all was so already.

    Assignments that are not among them stay as they are, at the end.
    """
    course = Course.objects.select_for_update().get(pk=course.pk)  # two at once wait for each other
    if title is not None and course.title != dict(title):
        course.title = dict(title)
        course.save(update_fields=["title"])
    before = current_versions(course)
    changed = [asked.slug for position, (asked, version) in enumerate(wanted) if _make_current(asked, version, position)]
    _place_others(course, [asked.slug for asked, _ in wanted])
    if not changed:
        return None
    if before and not course.publications.exists():
        Publication.objects.create(course=course, cause=Publication.Cause.BEFORE, versions=before)
    return Publication.objects.create(
        course=course,
        cause=cause,
        note=note,
        versions=current_versions(course),
        changed=changed,
        made_by_id=by.pk if by else None,
    )


def current_versions(course: Course) -> list[list[str]]:
    """What students get now: [[slug, public id of the version], …] in the course's order."""
    rows = Assignment.objects.filter(course=course, current_version__isnull=False).order_by("position", "slug")
    return [list(pair) for pair in rows.values_list("slug", "current_version__public_id")]


def _make_current(asked: AssignmentPackage, version: PackageVersion, position: int) -> bool:
    # Locked, since the whole row is saved: a change of its rules in this moment waits, and is not undone.
    rows = Assignment.objects.select_for_update(of=("self",)).select_related("current_version", "course")
    row = rows.get(pk=version.assignment_id)
    changes = row.current_version_id != version.pk
    if changes:
        _describe(row, asked)
        row.current_version = version
    if changes or row.position != position:
        row.position = position
        row.save()
    return changes


def _place_others(course: Course, placed: Sequence[str]) -> None:
    others = Assignment.objects.filter(course=course).exclude(slug__in=placed).order_by("position", "slug")
    for position, row in enumerate(others, len(placed)):
        if row.position != position:
            Assignment.objects.filter(pk=row.pk).update(position=position)


def _describe(row: Assignment, asked: AssignmentPackage) -> None:
    """What lists and queues need of a package, so that they need not read it."""
    row.title = dict(asked.title)
    row.device = asked.device
    row.needs_worker = asked.needs_worker
    row.max_score = Decimal(str(asked.max_score)).quantize(Decimal("0.01"))
    before = row.current_version
    # What a teacher set by hand stays, unless the package says something new about it.
    if before is None or asked.attempts != load_assignment(package_materialise(before.digest, row.slug), "").attempts:
        row.attempts_allowed = asked.attempts


def package_materialise(digest: str, slug: str) -> Path:
    """The folder of a package version on this machine: GRADER_HOME/packages/<digest>/<slug>, made from its blob if need be."""
    base = Path(settings.GRADER_HOME) / "packages"
    folder = base / digest / slug
    if folder.is_dir():
        return folder
    base.mkdir(parents=True, exist_ok=True, mode=0o700)  # keys and labels lie in it
    folder.parent.mkdir(exist_ok=True)  # it may be there: the same content was known by another slug
    draft = base / f".{digest[:12]}.{os.getpid()}.{secrets.token_hex(4)}"
    try:
        (draft / slug).mkdir(parents=True)
        unpack(blobs.get(digest), draft / slug)
        (draft / slug).rename(folder)
    except OSError:
        if not folder.is_dir():  # else another process was faster, with the same bytes
            raise
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return folder
