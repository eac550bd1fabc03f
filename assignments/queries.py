"""Reading courses and what their assignments ask."""

from __future__ import annotations

from functools import lru_cache

from assignments.models import PackageVersion
from assignments.package import load_assignment
from assignments.package.values import AssignmentPackage
from assignments.services import package_materialise


def package_of(version: PackageVersion) -> AssignmentPackage:
    """A version's package in memory. Versions never change, so each is read once a process."""
    return _load(version.digest, version.assignment.slug, version.assignment.course.slug)


@lru_cache(maxsize=256)
def _load(digest: str, slug: str, course: str) -> AssignmentPackage:
    return load_assignment(package_materialise(digest, slug), course)
