"""Taking a course's folder as a zip, having it proved, and trying an assignment on a notebook of one's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models.functions import Now

from assignments.models import CourseUpload, PackageVersion
from assignments.package import PackageErrors
from assignments.package.archive import NotPacked
from assignments.package.problems import Problem
from assignments.package.zipped import ZipRefused, unzip_course
from assignments.publishing import scratch, upload_store
from grader import queue
from grader.accounts.models import User
from grader.gradebook.services import run_judge
from grader.submissions.models import Run
from grader.submissions.work import try_out_create


class UploadRefused(Exception):
    """A zip or a folder that is not taken, with all that is wrong with it; files as the teacher knows them."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__("\n".join(str(one) for one in problems))


def course_upload(*, content: bytes, slug: str, by: User, file_name: str = "") -> CourseUpload:
    """Keep the course in this zip, under the slug whatever its folder is called. Students get nothing of it yet.

    Raises:
        UploadRefused: with everything that is wrong with it; then nothing is kept.
    """
    with scratch() as place:
        folder = place / slug
        try:
            unzip_course(content, folder)
            return upload_store(folder, by=by, file_name=file_name)
        except ZipRefused as refused:
            raise UploadRefused(refused.problems) from refused
        except PackageErrors as wrong:
            raise UploadRefused([_inside(one, folder) for one in wrong.problems]) from wrong
        except NotPacked as trouble:
            raise UploadRefused([Problem(Path(slug), 1, trouble.told)]) from trouble


def _inside(problem: Problem, folder: Path) -> Problem:
    """The problem with its file as the teacher knows it, inside of the course's folder."""
    inside = problem.file.is_relative_to(folder)
    return replace(problem, file=problem.file.relative_to(folder) if inside else Path(problem.file.name))


def upload_check_start(upload: CourseUpload, *, mutants: bool) -> bool:
    """Have the upload proved by a worker, in its turn. False: that is under way already. What was found before is kept."""
    with transaction.atomic():
        started = (
            CourseUpload.objects.filter(pk=upload.pk)
            .exclude(check_state=CourseUpload.Check.WAITING)
            .update(
                check_state=CourseUpload.Check.WAITING,
                check_mutants=mutants,
                check_done=0,
                check_total=0,
                check_line="",
                check_trouble="",
                check_problems=[],
                check_report="",
                checked_at=Now(),
            )
        )
        if started:
            transaction.on_commit(partial(queue.ring_course_check, upload.pk), robust=True)
    return bool(started)


def upload_check_stop(upload: CourseUpload) -> bool:
    """Give the check up after the case that runs now. False: none was under way."""
    waiting = CourseUpload.objects.filter(pk=upload.pk, check_state=CourseUpload.Check.WAITING)
    return bool(waiting.update(check_state=CourseUpload.Check.STOPPED, checked_at=Now()))


def try_out(
    *, version: PackageVersion, notebook: bytes | None, notebook_name: str = "", answers: Mapping[str, Any], by: User
) -> Run:
    """Judge this notebook and these answers as a student's would be. Typed answers alone are judged at once.

    Raises:
        Refused, AnswerError: as for a student's upload.
    """
    run = try_out_create(version=version, notebook=notebook, notebook_name=notebook_name, answers=answers, by=by)
    if run.queue == Run.Queue.NONE:
        run_judge(run.pk)
    return run
