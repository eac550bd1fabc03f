"""Taking a course into the database: package versions by content, and the folder of a version on this machine."""

from __future__ import annotations

import os
import secrets
import shutil
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from django.conf import settings
from django.db import transaction

from assignments.models import Assignment, Course, PackageVersion
from assignments.package import load_course, pack, unpack
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
    contents = {assignment.slug: pack(assignment.root) for assignment in package.assignments}
    with transaction.atomic():
        course, _ = Course.objects.get_or_create(slug=package.slug, defaults={"title": dict(package.title)})
        Course.objects.select_for_update().get(pk=course.pk)  # two loads of one course wait for each other
        if course.title != dict(package.title):
            course.title = dict(package.title)
            course.save(update_fields=["title"])
        changed = _assignments_load(course, package, contents)
    unchanged = tuple(assignment.slug for assignment in package.assignments if assignment.slug not in changed)
    return CourseLoaded(course, changed, unchanged)


def _assignments_load(course: Course, package: CoursePackage, contents: dict[str, bytes]) -> tuple[str, ...]:
    changed = []
    for position, asked in enumerate(package.assignments):
        row, _ = Assignment.objects.get_or_create(course=course, slug=asked.slug)
        digest = blobs.put(contents[asked.slug])
        version, _ = PackageVersion.objects.get_or_create(assignment=row, digest=digest)
        if row.current_version_id != version.pk:
            _describe(row, asked)
            row.current_version = version
            changed.append(asked.slug)
        row.position = position
        row.save()
    return tuple(changed)


def _describe(row: Assignment, asked: AssignmentPackage) -> None:
    """What lists and queues need of a package, so that they need not read it."""
    row.title = dict(asked.title)
    row.device = asked.device
    row.needs_worker = asked.needs_worker
    row.max_score = Decimal(str(asked.max_score)).quantize(Decimal("0.01"))
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
