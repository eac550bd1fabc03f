"""`manage.py course check|new|diff|schema`: a course's folder proved, begun, compared, described."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from assignments.package import PackageErrors, load_course
from worker.config import from_settings
from worker.course_check import report
from worker.course_check.check import Wanted, checked
from worker.course_check.keep import Kept


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
        for sentence in found.all_problems:
            self.stderr.write(sentence)
        if found.all_problems:
            raise CommandError(report.last_line(found))
        self.stdout.write(report.last_line(found))


def _loaded(folder: Path) -> Any:
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
