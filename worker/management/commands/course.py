"""`manage.py course check|new|diff|schema`: a course's folder proved, begun, compared, described."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from assignments.models import Assignment, PackageVersion
from assignments.package import PackageErrors, differences, json_schema, load_assignment, load_course
from assignments.package.values import AssignmentPackage, CoursePackage
from assignments.services import package_materialise
from grader.catalogue import say
from grader.catalogue.values import told
from worker.config import from_settings
from worker.course_check import report
from worker.course_check.check import Wanted, checked
from worker.course_check.keep import Kept

ROOT = Path(settings.BASE_DIR)
TEMPLATE = ROOT / "assignments/courses/template"
_SCHEMA_OF = {"course.yaml": "../../../docs/reference/schema", "assignment.yaml": "../../../../docs/reference/schema"}


class Command(BaseCommand):
    help = "Prove, begin or compare a course's folder. Exit 0: all is well; 1: something is not; 2: usage."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
        check = verbs.add_parser("check", help="references earn full points, starters less, and every check can fail")
        check.add_argument("folder", type=Path, metavar="DIR")
        check.add_argument("--assignment", action="append", default=[], metavar="SLUG", help="only this one; may be given again")
        check.add_argument("--seeds", action="append", default=[], metavar="N or SLUG=N", help="runs of each reference (3)")
        check.add_argument("--no-mutants", action="store_true", help="references and starters only")
        check.add_argument("--jobs", type=int, default=1, help="how many at a time; each takes a slot")
        check.add_argument("--out", type=Path, metavar="FILE.md", help="write the report there")
        check.add_argument(
            "--state", type=Path, metavar="DIR", help="where findings are kept (GRADER_HOME/course-check/<course>)"
        )

        new = verbs.add_parser("new", help="a course's folder to begin with, copied from the template")
        new.add_argument("folder", type=Path, metavar="DIR")
        diff = verbs.add_parser("diff", help="what changed for students between two folders or stored versions")
        sides = "a course's or an assignment's folder; stored:dl2 or stored:dl2/13, what students have now; or a version, ver_…"
        diff.add_argument("old", metavar="OLD", help=sides)
        diff.add_argument("new", metavar="NEW", help=sides)
        schema = verbs.add_parser("schema", help="JSON Schema of the files that a teacher writes, for editors")
        schema.add_argument(
            "folder", type=Path, metavar="DIR", help="where course.json, assignment.json and exceptions.json are written"
        )

    def handle(self, *, verb: str, **options: Any) -> None:
        getattr(self, f"_{verb}")(**options)

    def _check(self, folder: Path, assignment: list[str], seeds: list[str], no_mutants: bool, jobs: int, **options: Any) -> None:
        course = _loaded(folder)
        packages = [one for one in course.assignments if not assignment or one.slug in assignment]
        if unknown := set(assignment) - {one.slug for one in packages}:
            known = ", ".join(one.slug for one in course.assignments)
            raise CommandError(f"{course.slug} has no assignment {', '.join(sorted(unknown))}; it has {known}.", returncode=2)
        every, by_slug = _seeds(seeds)
        kept = Kept(options["state"] or Path(settings.GRADER_HOME) / "course-check" / course.slug)
        wanted = Wanted(every, by_slug, mutants=not no_mutants, jobs=jobs)
        try:
            found = checked(course.slug, packages, wanted, kept, from_settings(), _say)
        except KeyboardInterrupt:
            raise CommandError(f"Stopped. What was found is kept in {kept.folder}; run it again to go on.") from None
        except PackageErrors as problem:
            raise CommandError(str(problem), returncode=2) from problem
        text = report.markdown(found)
        if options["out"]:
            options["out"].write_text(text, "utf-8")
        else:
            self.stdout.write(text)
        for one in found.all_problems:
            self.stderr.write(say(one, "en"))
        if found.all_problems:
            raise CommandError(report.last_line(found))
        self.stdout.write(report.last_line(found))

    def _new(self, folder: Path, **_: Any) -> None:
        if folder.exists():
            raise CommandError(f"{folder} is there already. Name a folder that is not.", returncode=2)
        try:
            shutil.copytree(TEMPLATE, folder, ignore=shutil.ignore_patterns("__pycache__", ".*"))
        except OSError as problem:
            raise CommandError(f"{folder} can't be made: {problem.strerror}.", returncode=2) from problem
        editors = os.path.relpath(ROOT / "docs/reference/schema", folder.resolve())
        for file in [one for one in folder.rglob("*.yaml") if one.name in _SCHEMA_OF]:
            above = "../" * (len(file.relative_to(folder).parts) - 1)
            file.write_text(file.read_text("utf-8").replace(_SCHEMA_OF[file.name], f"{above}{editors}"), "utf-8")
        _loaded(folder)  # the name may not do
        self.stdout.write(f"{folder} is a small course that works: a quiz, and a notebook in plain Python.")
        self.stdout.write(f"Next: change it (docs/how-to/write-a-course.md), then manage.py course check {folder}")

    def _diff(self, old: str, new: str, **_: Any) -> None:
        before, after = _side(old), _side(new)
        if isinstance(before, AssignmentPackage) and isinstance(after, AssignmentPackage):
            said = differences.of_assignments(before, after)
        elif isinstance(before, dict) and isinstance(after, dict):
            said = differences.of_courses(before, after)
        else:
            raise CommandError("One side is a course and the other an assignment. Give two of the same.", returncode=2)
        for one in said or [told("change.nothing")]:
            self.stdout.write(say(one, "en"))

    def _schema(self, folder: Path, **_: Any) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        for name, schema in json_schema.schemas().items():
            (folder / name).write_text(json_schema.written(schema), "utf-8")
            self.stdout.write(f"{folder / name}")


def _side(name: str) -> AssignmentPackage | dict[str, AssignmentPackage]:
    """An assignment, or a course's assignments by slug; see `course diff --help`."""
    if name.startswith("stored:"):
        return _stored(name.removeprefix("stored:"))
    if name.startswith("ver_"):
        version = PackageVersion.objects.select_related("assignment").filter(public_id=name).first()
        if version is None:
            raise CommandError(f"There is no version {name}.", returncode=2)
        return _version(version)
    folder = Path(name)
    try:
        if (folder / "assignment.yaml").is_file():
            return load_assignment(folder.resolve(), folder.resolve().parent.name)
    except PackageErrors as problem:
        raise CommandError(str(problem), returncode=2) from problem
    return {one.slug: one for one in _loaded(folder).assignments}


def _stored(name: str) -> AssignmentPackage | dict[str, AssignmentPackage]:
    """What new submissions get today."""
    course, sign, slug = name.partition("/")
    rows = Assignment.objects.filter(course__slug=course, current_version__isnull=False).select_related("current_version")
    found = {row.slug: _version(row.current_version) for row in rows if not sign or row.slug == slug}
    if not found:
        raise CommandError(f"Nothing is stored as {name}. manage.py course_load takes a folder in.", returncode=2)
    return found[slug] if sign else found


def _version(version: PackageVersion | None) -> AssignmentPackage:
    assert version is not None
    slug = version.assignment.slug
    return load_assignment(package_materialise(version.digest, slug), version.assignment.course.slug)


def _loaded(folder: Path) -> CoursePackage:
    if not folder.is_dir():
        raise CommandError(f"{folder} is no folder.", returncode=2)
    try:
        return load_course(folder.resolve())
    except PackageErrors as problem:
        raise CommandError(str(problem), returncode=2) from problem


def _seeds(given: list[str]) -> tuple[int, dict[str, int]]:
    """`--seeds 10 --seeds 18=3`: runs of every reference, and of one."""
    every, by_slug = 3, {}
    for word in given:
        slug, sign, number = word.rpartition("=")
        if not number.isdigit() or int(number) < 1:
            raise CommandError(f"--seeds {word}: give a number of runs, such as 10, or 13=10 for one assignment.", returncode=2)
        if sign:
            by_slug[slug] = int(number)
        else:
            every = int(number)
    return every, by_slug


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
