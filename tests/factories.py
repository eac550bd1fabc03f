"""The least that is valid, for tests; and a small fixed cast with fixed rights.

`Cast` has a course with two assignments: `quiz` (typed answers, judged in the request) and `lab` (a plain notebook and a
typed number, graded by a worker). All rows are made by the services that make them in earnest.
"""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from assignments.models import Assignment, Course
from assignments.services import course_load
from grader.accounts.models import Role, User
from grader.accounts.services import enrolment_ensure, person_ensure
from grader.checks.values import CheckVerdict, Outcome, RunFacts, TaskStatus, TaskVerdict
from grader.gradebook.services import run_record, submission_receive
from grader.submissions.claims import run_claim
from grader.submissions.models import Run, Submission
from grader.submissions.values import Claim, RunResult

QUIZ = """\
title: {ru: Вопросы, en: Questions}
notebook: none
tasks:
  - id: "1.1"
    answer:
      kind: choice
      options:
        - {id: a, ru: верно, en: right}
        - {id: b, ru: неверно, en: wrong}
    checks:
      - {kind: choice, right: a, points: 1}
  - id: "1.2"
    answer: {kind: number}
    checks:
      - {kind: number, equals: 50, points: 2}
"""
LAB = """\
title: {ru: Тетрадь, en: A notebook}
notebook: required
runtime: plain
limits: {run_s: 60, cell_s: 30, memory_mb: 512, processes: 64, output_mb: 1}
tasks:
  - id: "2.1"
    answer: {kind: number, required: false}
    checks:
      - {kind: number, equals: 50, points: 3}
"""
TEXTS = {"quiz": "# Вопросы\n\n## 1.1 Первый\n\nТекст\n\n## 1.2 Второй\n\nТекст\n", "lab": "# Тетрадь\n\n## 2.1 Число\n\nТекст\n"}


def a_notebook(*cells: str, language: str = "python") -> bytes:
    """A notebook of these code cells (nbformat 4)."""
    made: list[dict[str, Any]] = [
        {"cell_type": "code", "source": cell, "metadata": {}, "outputs": [], "execution_count": None} for cell in cells
    ]
    metadata = {"language_info": {"name": language}}
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": metadata, "cells": made}).encode()


def a_course_folder(parent: Path, slug: str = "small") -> Path:
    """A course of two assignments as a teacher would write it."""
    folder = parent / slug
    folder.mkdir()
    declared = "title: {ru: Малый курс, en: A small course}\nassignments: [quiz, lab]\n"
    (folder / "course.yaml").write_text(declared, encoding="utf-8")
    for name, declared in (("quiz", QUIZ), ("lab", LAB)):
        (folder / name).mkdir()
        (folder / name / "assignment.yaml").write_text(declared, encoding="utf-8")
        for language in ("ru", "en"):
            (folder / name / f"{language}.md").write_text(TEXTS[name], encoding="utf-8")
    for notebook in ("starter", "reference"):
        (folder / "lab" / f"{notebook}.ipynb").write_bytes(a_notebook("print(50)"))
    return folder


@cache
def small_course_folder() -> Path:
    return a_course_folder(Path(tempfile.mkdtemp(prefix="course-")))


@dataclass(frozen=True)
class Cast:
    """A student, a classmate, those who teach them, somebody who teaches others, and the admin."""

    course: Course
    quiz: Assignment
    lab: Assignment
    other_course: Course
    student: User
    classmate: User
    assistant: User
    teacher: User
    other_teacher: User
    admin: User


@pytest.fixture
def cast(db: None) -> Cast:
    return a_cast()


def a_cast() -> Cast:
    course = course_load(small_course_folder()).course
    other, _ = Course.objects.get_or_create(slug="other", defaults={"title": {"ru": "Другой", "en": "Other"}})
    roles = {"student": Role.STUDENT, "classmate": Role.STUDENT, "assistant": Role.ASSISTANT, "teacher": Role.TEACHER}
    people = {name: person_ensure(username=name, password=None) for name in (*roles, "other_teacher")}
    for name, role in roles.items():
        enrolment_ensure(user=people[name], course=course, role=role, external_user_id=f"lms-{name}")
    enrolment_ensure(user=people["other_teacher"], course=other, role=Role.TEACHER)
    found = Assignment.objects.select_related("course", "current_version")
    quiz, lab = found.get(course=course, slug="quiz"), found.get(course=course, slug="lab")
    return Cast(course, quiz, lab, other, **people, admin=person_ensure(username="admin", password=None, admin=True))


def a_submission(cast: Cast, *, student: User | None = None, cell: str = "print(50)", **fields: Any) -> Submission:
    """An upload to the lab, waiting for a worker. Different cells make different uploads."""
    return submission_receive(
        student=student or cast.student,
        assignment=cast.lab,
        notebook=a_notebook(cell),
        notebook_name="lab.ipynb",
        answers=fields.pop("answers", {"2.1": "50"}),
        **fields,
    )


def the_run(submission: Submission) -> Run:
    """The submission's newest run."""
    return submission.runs.latest("id")


def a_claim(submission: Submission, worker: str = "worker-1") -> Claim:
    run = the_run(submission)
    claim = run_claim(run.pk, worker, run.queue)
    assert claim is not None
    return claim


def a_verdict(points: float = 3.0, *, outcome: Outcome = Outcome.PASSED, status: TaskStatus = TaskStatus.PASSED) -> TaskVerdict:
    check = CheckVerdict("number", outcome, f"number.{outcome}", {"typed": 50}, points, 3.0)
    return TaskVerdict("2.1", status, points, 3.0, check.code, check.values, (check,))


def a_result(points: float = 3.0, **fields: Any) -> RunResult:
    """What a worker brings of a lab that went well."""
    made = RunResult(status="graded", run=RunFacts("ok"), tasks=(a_verdict(points),), score=points, max_score=3.0)
    return replace(made, **fields)


def a_not_judged() -> RunResult:
    task = a_verdict(0.0, outcome=Outcome.NOT_JUDGED, status=TaskStatus.NOT_JUDGED)
    return a_result(0.0, status="not_judged", tasks=(task,))


def graded(cast: Cast, points: float = 3.0, **fields: Any) -> Submission:
    """An upload that was graded with these points."""
    submission = a_submission(cast, cell=f"print({points})", **fields)
    run_record(a_claim(submission), a_result(points))
    submission.refresh_from_db()
    return submission
