"""The proof of a course that somebody uploaded: `course check`, one case at a time, between everybody's work.

A message tries one case and rings for the next, so that students' work, which waits in the same queue, is never behind more than
one. What was found is kept (`course_check.keep`), so a worker may be killed at any moment: a lock that dies with its
connection says whether somebody is at it, and a look every few seconds rings again where nobody has been for a while.

A package is data to us: its notebooks and cells run in sandboxes as a student's do, its `proofs/` do not run at all.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.db.models import F
from django.db.models.functions import Now

from assignments.models import CourseUpload
from assignments.package.values import AssignmentPackage
from assignments.publishing import upload_package
from grader.catalogue.values import packed
from grader.queue import COURSE_CHECK, COURSE_CHECKS, app, ring_course_check
from worker.config import from_settings
from worker.course_check import report
from worker.course_check.cases import Case
from worker.course_check.check import Wanted, checked, planned
from worker.course_check.keep import Kept
from worker.course_check.run import in_a_sandbox

log = logging.getLogger(__name__)

SILENT_S = 300  # after so long without a word it is rung for again
_LOCKS = 7_263_002  # first key of the advisory locks: ours alone
WAITING = CourseUpload.Check.WAITING


@app.task(name=COURSE_CHECK)
def check(upload_id: int) -> None:
    if upload_check_step(upload_id):
        ring_course_check(upload_id)


@app.task(name=COURSE_CHECKS)
def look() -> None:
    """Sent by beat: rings where a check goes on and nobody was heard of for a while."""
    silent = CourseUpload.objects.filter(check_state=WAITING, checked_at__lt=Now() - timedelta(seconds=SILENT_S))
    for upload_id in silent.values_list("pk", flat=True):
        with _alone(upload_id) as mine:
            if mine:
                _say(upload_id)
                ring_course_check(upload_id)


def upload_check_step(upload_id: int) -> bool:
    """Try one case of an upload's check, or write its report. True: there is more to try."""
    with _alone(upload_id) as mine:
        upload = CourseUpload.objects.select_related("course").filter(pk=upload_id, check_state=WAITING).first()
        if upload is None or not mine:
            return False
        try:
            return _step(upload)
        except Exception as problem:  # our own trouble: a teacher reads it and may begin again where it stopped
            log.exception("check of %s stopped", upload.public_id)
            _stop(upload, f"{type(problem).__name__}: {problem}")
            return False


def _step(upload: CourseUpload) -> bool:
    course = upload_package(upload)
    kept = Kept(Path(settings.GRADER_HOME) / "course-check" / course.slug)
    wanted = Wanted(mutants=upload.check_mutants, proofs=False)
    left, total = _left(course.assignments, wanted, kept)
    _say(upload.pk, check_total=total, check_done=total - len(left))
    if not left:
        _report(upload, course.assignments, wanted, kept)
        return False
    case = left[0]
    found = in_a_sandbox(case, kept, from_settings())
    if isinstance(found, str):
        _stop(upload, f"{case.package.slug} {case.name}: {found}")
        return False
    line = f"{case.package.slug} {case.name}: {found.points:g} / {found.max_points:g}"
    _say(upload.pk, check_done=F("check_done") + 1, check_line=line[:300])
    return True


def _left(packages: tuple[AssignmentPackage, ...], wanted: Wanted, kept: Kept) -> tuple[list[Case], int]:
    """Cases that need a sandbox and are not known yet; and how many need one at all."""
    to_try, _ = planned(packages, wanted)
    cases = [case for some in to_try.values() for case in some if not case.instant]
    return [case for case in cases if kept.found(case.key) is None], len(cases)


def _report(upload: CourseUpload, packages: tuple[AssignmentPackage, ...], wanted: Wanted, kept: Kept) -> None:
    found = checked(upload.course.slug, packages, wanted, kept, from_settings(), lambda line: None)
    _say(
        upload.pk,
        check_state=CourseUpload.Check.DONE,
        check_line=report.last_line(found),
        check_problems=[packed(problem) for problem in found.all_problems],
        check_report=report.markdown(found),
    )


def _stop(upload: CourseUpload, trouble: str) -> None:
    _say(upload.pk, check_state=CourseUpload.Check.STOPPED, check_trouble=trouble.replace("\0", "")[:300])


def _say(upload_id: int, **fields: object) -> None:
    CourseUpload.objects.filter(pk=upload_id, check_state=WAITING).update(checked_at=Now(), **fields)


@contextmanager
def _alone(upload_id: int) -> Iterator[bool]:
    """Whether nobody else is at this upload; the lock ends with our connection, however we end."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [_LOCKS, upload_id % 2**31])
        mine = bool(cursor.fetchone()[0])
    try:
        yield mine
    finally:
        if mine:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [_LOCKS, upload_id % 2**31])
