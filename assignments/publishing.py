"""What a course's students get, changed in the browser: a folder that was sent, an earlier state, one more right answer.

Each change makes versions that never change, sets which are current, and leaves a `Publication` that says who did it. An
assignment that is not part of a change stays as it is: students have handed in work for it.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import transaction

from assignments.models import Assignment, Course, CourseUpload, PackageVersion, Publication
from assignments.package import load_assignment, load_course, pack
from assignments.package.accept import addition, extended
from assignments.package.values import AssignmentPackage, CoursePackage
from assignments.queries import package_of
from assignments.services import package_materialise, versions_publish, versions_store
from grader import blobs


class Superseded(Exception):
    """Somebody else published meanwhile: what was looked at is not what students get any more."""


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder that nobody else may read: keys pass through it."""
    home = Path(settings.GRADER_HOME) / "tmp"
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder = Path(tempfile.mkdtemp(prefix="course-", dir=home))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


# -- a folder that was sent


def upload_store(folder: Path, *, by: AbstractUser, file_name: str = "") -> CourseUpload:
    """Keep a course's folder, whose name is the course's slug. Raises `PackageErrors` with all that is wrong with it."""
    package = load_course(folder)
    with transaction.atomic():
        course, _ = Course.objects.get_or_create(slug=package.slug, defaults={"title": dict(package.title)})
        versions = versions_store(course, package)
        return CourseUpload.objects.create(
            course=course,
            file_name=file_name[:255],
            digest=blobs.put(pack(folder)),
            title=dict(package.title),
            versions=[[asked.slug, versions[asked.slug].public_id] for asked in package.assignments],
            made_by_id=by.pk,
        )


def upload_package(upload: CourseUpload) -> CoursePackage:
    """The folder that was sent, on this machine."""
    return load_course(package_materialise(upload.digest, upload.course.slug))


def upload_publish(upload: CourseUpload, *, by: AbstractUser, note: str = "", seen: int) -> Publication | None:
    """Make it what students get. `seen`: id of the newest publication that was looked at, 0 where there was none.

    Raises:
        Superseded: another was made since.
    """
    with transaction.atomic():
        _still(upload.course, seen)
        wanted = _wanted(upload.versions)
        made = versions_publish(
            upload.course, wanted, title=upload.title, cause=Publication.Cause.UPLOAD, by=by, note=note or upload.file_name
        )
        if made is not None:
            CourseUpload.objects.filter(pk=upload.pk).update(publication=made)
    return made


def publication_restore(publication: Publication, *, by: AbstractUser, note: str = "", seen: int) -> Publication | None:
    """Make what it made current once more what students get. Assignments that came later stay.

    Raises:
        Superseded: another was made since.
    """
    with transaction.atomic():
        _still(publication.course, seen)
        wanted = _wanted(publication.versions)
        return versions_publish(publication.course, wanted, cause=Publication.Cause.ROLLBACK, by=by, note=note)


def _still(course: Course, seen: int) -> None:
    """Lock the course, and see that nothing was published since."""
    Course.objects.select_for_update().get(pk=course.pk)
    newest = course.publications.values_list("pk", flat=True).first() or 0
    if newest != seen:
        raise Superseded


def _wanted(versions: Sequence[Sequence[str]]) -> list[tuple[AssignmentPackage, PackageVersion]]:
    related = PackageVersion.objects.select_related("assignment__course")
    found = {one.public_id: one for one in related.filter(public_id__in=[name for _, name in versions])}
    return [(package_of(found[name]), found[name]) for _, name in versions]


@contextmanager
def course_folder(course: Course) -> Iterator[Path]:
    """A folder of what students get now, as its teacher would have written it: to be taken home."""
    rows = Assignment.objects.filter(course=course, current_version__isnull=False).order_by("position", "slug")
    with scratch() as place:
        folder = place / course.slug
        folder.mkdir()
        for row in rows.select_related("current_version"):
            assert row.current_version is not None
            shutil.copytree(package_materialise(row.current_version.digest, row.slug), folder / row.slug)
        said = {"title": course.title, "assignments": [row.slug for row in rows]}
        (folder / "course.yaml").write_text(yaml.safe_dump(said, allow_unicode=True, sort_keys=False), "utf-8")
        yield folder


# -- one more right answer


@contextmanager
def accepting(version: PackageVersion, task: str, answer: Any) -> Iterator[tuple[Path, str, str]]:
    """A version's folder with the answer added to its key, and `assignment.yaml` as it was and as it is there.

    Raises:
        NotAccepted (of `package.accept`): this key takes no such answer.
        PackageErrors: what comes out does not load.
    """
    add = addition(package_of(version), task, answer)
    slug = version.assignment.slug
    with scratch() as folder:
        shutil.copytree(package_materialise(version.digest, slug), folder / slug)
        file = folder / slug / "assignment.yaml"
        raw = file.read_bytes().decode("utf-8")
        made = extended(raw, add)
        file.write_bytes(made.encode("utf-8"))
        load_assignment(folder / slug, version.assignment.course.slug)
        yield folder / slug, raw, made


def answer_accept(*, version: PackageVersion, task: str, answer: Any, by: AbstractUser) -> PackageVersion:
    """A new version whose key takes this answer too; new submissions are judged by it. Nothing is judged again here.

    Raises:
        Superseded: the version is not the current one any more.
        NotAccepted, PackageErrors: as `accepting`.
    """
    with accepting(version, task, answer) as (folder, _, _), transaction.atomic():
        Course.objects.select_for_update().get(pk=version.assignment.course_id)
        assignment = Assignment.objects.select_related("course").get(pk=version.assignment_id)
        if assignment.current_version_id != version.pk:
            raise Superseded
        made, _ = PackageVersion.objects.get_or_create(assignment=assignment, digest=blobs.put(pack(folder)))
        others = Assignment.objects.filter(course=assignment.course, current_version__isnull=False).order_by("position", "slug")
        kept = [(row.slug, row.current_version) for row in others.select_related("current_version__assignment__course")]
        wanted = [(package_of(one), one) for slug, old in kept if (one := made if slug == assignment.slug else old) is not None]
        versions_publish(
            assignment.course, wanted, cause=Publication.Cause.ANSWER, by=by, note=f"{assignment.slug}, {task}: {answer}"[:300]
        )
    return made
