"""A small class in which every state of a page occurs, made through the site's own services and without a worker.

Used by the tests of pages, and by `tests.browser.shots`, which pictures them.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.contrib.auth.hashers import make_password
from django.utils import timezone

from assignments.models import Assignment, Course
from assignments.services import course_load
from grader.accounts.models import Enrolment, Role, User
from grader.checks.values import CheckVerdict, Outcome, RunFacts, Scalar, TaskStatus, TaskVerdict, Values
from grader.gradebook.services import run_give_back, run_record, submission_receive
from grader.submissions.claims import run_claim, run_progress
from grader.submissions.models import Run, Submission, WorkerPresence
from grader.submissions.report import NOTHING
from grader.submissions.values import Artefact, ProgressReport, Receipt, RunResult
from tests.pages.reports import BAR, REPORT, TRAINING, VIEW

ZOO = Path(__file__).parent / "zoo"
NOTEBOOK = (ZOO / "everything" / "starter.ipynb").read_bytes()
PASSWORD = "correct horse battery"
ANSWERS: dict[str, Any] = {
    "1.1": "smooth",
    "1.2": ["weights", "rate"],
    "1.3": {"chain": "derivative", "graph": "derivative"},
    "1.4": "0,95",
    "1.5": "Adam",
}


@dataclass
class World:
    """The cast, and the submissions that show something, by what they show."""

    course: Course
    everything: Assignment
    quiz: Assignment
    student: User
    classmate: User
    teacher: User
    assistant: User
    other_teacher: User
    admin: User
    shown: dict[str, Submission] = field(default_factory=dict)

    @property
    def cast(self) -> dict[str, User]:
        names = ("student", "classmate", "teacher", "assistant", "other_teacher", "admin")
        return {name: getattr(self, name) for name in names}


def person(login: str, last: str, first: str, **more: Any) -> User:
    return User.objects.create(username=login, last_name=last, first_name=first, password=_hashed(), **more)


@functools.cache
def _hashed() -> str:
    """Hashing is slow by design, so the class shares one hash."""
    return make_password(PASSWORD)


def enrol(user: User, course: Course, role: Role) -> None:
    Enrolment.objects.create(user=user, course=course, role=role)


def make_world() -> World:
    """The course of the zoo with its cast; nothing is handed in yet."""
    course = course_load(ZOO).course
    other = Course.objects.create(slug="other", title={"ru": "Другой курс", "en": "Another course"})
    rows = {row.slug: row for row in Assignment.objects.filter(course=course).select_related("course", "current_version")}
    world = World(
        course=course,
        everything=rows["everything"],
        quiz=rows["quiz"],
        student=person("anna", "Ёлкина", "Анна"),
        classmate=person("boris", "Яковлев", "Борис"),
        teacher=person("vera", "Орлова", "Вера"),
        assistant=person("gleb", "Зимин", "Глеб"),
        other_teacher=person("dina", "Чужая", "Дина"),
        admin=person("root", "Главная", "Ева", is_superuser=True, is_staff=True),
    )
    enrol(world.student, course, Role.STUDENT)
    enrol(world.classmate, course, Role.STUDENT)
    enrol(world.teacher, course, Role.TEACHER)
    enrol(world.assistant, course, Role.ASSISTANT)
    enrol(world.other_teacher, other, Role.TEACHER)
    Assignment.objects.filter(pk=world.everything.pk).update(due_at=timezone.now() + timedelta(days=3, hours=4))
    return world


def hand_in(
    world: World, student: User | None = None, *, notebook: bytes | None = NOTEBOOK, answers: Mapping[str, Any] = ANSWERS
):
    """A submission to `everything`, in the queue."""
    return submission_receive(
        student=student or world.student,
        assignment=world.everything,
        notebook=notebook,
        notebook_name="домашка 4.ipynb" if notebook else "",
        answers=answers,
    )


def newest_run(submission: Submission) -> Run:
    run = submission.runs.order_by("-id").first()
    assert run is not None
    return run


def record(submission: Submission, result: RunResult) -> Submission:
    """As if a worker had graded it."""
    run = newest_run(submission)
    Run.objects.filter(pk=run.pk).update(not_before=None)
    claim = run_claim(run.pk, "worker-1", run.queue)
    assert claim is not None
    run_record(claim, result)
    submission.refresh_from_db()
    return submission


def check(kind: str, outcome: Outcome, code: str, points: float, most: float, hint: str | None = None, **values: Scalar):
    return CheckVerdict(kind, outcome, code, values, points, most, hint)


def task(number: str, status: TaskStatus, *checks: CheckVerdict, candidate: str | None = None) -> TaskVerdict:
    deciding = next((one for one in checks if one.outcome is not Outcome.PASSED), checks[0])
    points, most = sum(one.points for one in checks), sum(one.max_points for one in checks)
    return TaskVerdict(
        number, status, points, most, deciding.code, deciding.values, checks, deciding.hint, candidate and "model-1", candidate
    )


FLAG: tuple[str, Values] = ("teacher.validation_far_above", {"task": "13.2", "public": 0.93, "hidden": 0.84})


def graded(*, full: bool = False, error_in: int | None = None) -> RunResult:
    """A result with a verdict of every kind; with `full` everything is right."""
    good, bad = Outcome.PASSED, Outcome.FAILED
    measured: dict[str, Any] = {"measured": 0.8714, "images": 5000, "preparation": "unit", "bound": 0.86}
    sigmoid = task("1.1", TaskStatus.PASSED, check("choice", good, "choice.passed", 1, 1))
    dense = check("accuracy", good, "accuracy.passed", 1.5, 1.5, **measured)
    counted = check("parameter_count", good, "parameter_count.passed", 1, 1, counted=118282)
    if full:
        tasks = (
            sigmoid,
            task("1.2", TaskStatus.PASSED, check("choices", good, "choices.passed", 1, 1)),
            task("1.3", TaskStatus.PASSED, check("matching", good, "matching.passed", 1, 1, rows=2)),
            task(
                "1.4", TaskStatus.PASSED, dense, check("typed_accuracy", good, "typed_accuracy.passed", 0, 0), candidate="model"
            ),
            task("1.5", TaskStatus.PASSED, check("text", good, "text.passed", 0.5, 0.5)),
            task("1.6", TaskStatus.PASSED, counted, candidate="model"),
        )
    else:
        low = check(
            "accuracy", bad, "accuracy.below", 0, 1.5, measured=0.8312, images=5000, preparation="unit", bound=0.86, more=144
        )
        off = check("typed_accuracy", bad, "typed_accuracy.differs", 0, 0, typed=0.95, measured=0.8312)
        bare = check("parameter_count", bad, "parameter_count.differs", 0, 1, "hint.biases_missing", counted=118016)
        tasks = (
            sigmoid,
            task("1.2", TaskStatus.FAILED, check("choices", bad, "choices.wrong", 0, 1, right=1, wrong=1)),
            task("1.3", TaskStatus.PARTIAL, check("matching", bad, "matching.rows", 0.5, 1, right=1, rows=2)),
            task("1.4", TaskStatus.FAILED, low, off, candidate="model"),
            task("1.5", TaskStatus.REVIEW, check("text", Outcome.REVIEW, "text.unforeseen", 0, 0.5)),
            task("1.6", TaskStatus.FAILED, bare, candidate="model2"),
        )
    facts = RunFacts("ok")
    if error_in:
        facts = RunFacts(
            "error", error_in, "run.error", {"cell": error_in, "ename": "NameError", "evalue": "name 'x' is not defined"}
        )
    return _result("graded", facts, tasks)


def broken() -> RunResult:
    return _result("broken", RunFacts("timeout", 7, "run.timeout_cell", {"cell": 7, "limit_s": 120}), ())


def not_judged() -> RunResult:
    verdict = CheckVerdict("accuracy", Outcome.NOT_JUDGED, "check.no_sandbox", {}, 0, 1.5)
    missing = TaskVerdict("1.4", TaskStatus.NOT_JUDGED, 0, 1.5, "check.no_sandbox", {}, (verdict,))
    return _result("not_judged", RunFacts("ok"), (missing,))


def _result(status: Any, facts: RunFacts, tasks: tuple[TaskVerdict, ...]) -> RunResult:
    return RunResult(
        status=status,
        run=facts,
        tasks=tasks,
        score=sum(one.points for one in tasks),
        max_score=6.0,
        receipt=Receipt(
            package_digest="a" * 64,
            runtime_lock="b" * 64,
            checks_version="2026.11",
            engine="bubblewrap",
            sandbox_level="full",
            seed_commitment="c" * 64,
            sandboxes=3,
        ),
        timings_ms={"running": 41_000.0, "probing": 5200.0, "judging": 14.0},
        artefacts=(Artefact("executed.ipynb", NOTEBOOK), Artefact("notebook.json", VIEW)),
        report=REPORT if tasks else NOTHING,
        notes=(("note.gpu_fallback", {"wait_s": 120}), FLAG) if status == "graded" else (),
    )


def running(submission: Submission, stage: str = "running", cell: int = 7, cells: int = 12) -> Submission:
    """As if a worker were at it now."""
    run = newest_run(submission)
    claim = run_claim(run.pk, "worker-1", run.queue)
    assert claim is not None
    tail = f"Epoch 3/5\n{BAR} 4s 2ms/step - accuracy: 0.8712 - loss: 0.3521\n"
    run_progress(claim, ProgressReport(stage, cell, cells, 14.0, tail, "Downloading…\n", 1200, 9.0, (TRAINING,)))
    submission.refresh_from_db()
    return submission


def quarantined(submission: Submission) -> Submission:
    for _ in range(3):
        run = newest_run(submission)
        Run.objects.filter(pk=run.pk).update(not_before=None)
        claim = run_claim(run.pk, "worker-1", run.queue)
        assert claim is not None
        run_give_back(claim, "the worker died")
    submission.refresh_from_db()
    return submission


def full_world() -> World:
    """Every state at once, with enough students for a gradebook."""
    world = make_world()
    WorkerPresence.objects.create(name="worker-1", queues=["grade.cpu", "grade.gpu"])
    world.shown["graded"] = record(hand_in(world), graded(error_in=5))
    world.shown["full"] = record(hand_in(world, world.classmate), graded(full=True))
    world.shown["again"] = record(hand_in(world, answers={"1.1": "fast"}), graded(full=True))
    for number, (last, first) in enumerate(CLASS):
        other = person(f"student{number}", last, first)
        enrol(other, world.course, Role.STUDENT)
        if number < len(STATES):
            name, make = STATES[number]
            world.shown[name] = make(hand_in(world, other))
        elif number % 4:
            record(hand_in(world, other), graded(full=bool(number % 3)))
        if number % 2:
            submission_receive(
                student=other, assignment=world.quiz, notebook=None, answers={"2.1": "yes" if number % 3 else "no"}
            )
    return world


CLASS = [
    ("Алексеев", "Пётр"),
    ("Бабаева", "Лейла"),
    ("Воронцова-Дашкова", "Екатерина"),
    ("Гусев", "Илья"),
    ("Дьяченко", "Олег"),
    ("Ермакова", "София"),
    ("Жуков", "Марк"),
    ("Ибрагимов", "Тимур"),
    ("Königsberg", "Anna-Lena"),
    ("Лебедева", "Дарья"),
    ("Мельник", "Ян"),
    ("Нгуен", "Ван Ань"),
]
STATES: list[tuple[str, Any]] = [
    ("broken", lambda one: record(one, broken())),
    ("not_judged", lambda one: record(one, not_judged())),
    ("running", running),
    ("quarantined", quarantined),
    ("queued", lambda one: one),
]
