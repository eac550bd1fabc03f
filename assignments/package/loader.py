"""From a folder to a package: reads the files, checks that they agree, and stops only when all errors are known."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

from assignments.package import archive, texts
from assignments.package.convert import BAD, Converter
from assignments.package.explained import read_explained
from assignments.package.figures import check_figures
from assignments.package.problems import Problems, did_you_mean
from assignments.package.rules import check_assignment, needs_notebook
from assignments.package.schema import AnswerFile, AssignmentFile, CourseFile, TaskFile
from assignments.package.specs import note_wrong_checks, read_specs
from assignments.package.tree import read
from assignments.package.values import AssignmentPackage, CoursePackage, Option, Task, Widget
from grader.catalogue.values import told
from grader.checks import extra_runs
from grader.checks.values import Answer, CheckSpec, TaskSpec

_SLUG = re.compile(r"[a-z0-9][-a-z0-9_]{0,49}")  # what an address may hold, and a row's column
# /courses/<course>/gradebook/ and so on are pages of their own.
_TAKEN = frozenset({"gradebook", "reviews", "people", "tasks", "regrades", "package", "settings", "sections", "import"})


def load_course(path: Path) -> CoursePackage:
    """The course in folder `path`; raises PackageErrors with everything that is wrong in it."""
    path, problems = Path(path), Problems()
    file = path / "course.yaml"
    tree = read(file, problems)
    course = BAD if tree is None else Converter(file, problems).record(tree, CourseFile, told("part.course"))
    _check_slug(path, file, "package.course_name", problems)
    assignments = []
    if course is not BAD:
        for name in course.assignments:
            if not (path / name).is_dir() or "/" in name or name.startswith("."):
                near = did_you_mean(name, [one.parent.name for one in path.glob("*/assignment.yaml")])
                problems.add(file, course.line, "package.no_folder", name=name, near=near)
                continue
            _check_address(path / name, problems)
            assignments.append(_assignment(path / name, path.name, problems))
    problems.raise_if_any()
    return CoursePackage(path.name, path, course.title, tuple(one for one in assignments if one))


def load_assignment(path: Path, course: str) -> AssignmentPackage:
    """The assignment in folder `path`, whose name is its slug; raises PackageErrors with everything that is wrong in it."""
    problems = Problems()
    package = _assignment(Path(path), course, problems)
    problems.raise_if_any()
    assert package is not None  # nothing is missing where there is no problem
    return package


def _assignment(path: Path, course: str, problems: Problems) -> AssignmentPackage | None:
    file, before = path / "assignment.yaml", len(problems.found)
    tree = read(file, problems)
    declared = BAD if tree is None else Converter(file, problems).record(tree, AssignmentFile, told("part.assignment"))
    if declared is BAD:
        if tree is not None:
            note_wrong_checks(tree, Converter(file, problems))
        return None
    if not declared.tasks:
        problems.add(file, declared.line, "package.no_tasks")
        return None
    _check_slug(path, file, "package.assignment_name", problems)
    languages = {lang: texts.read(path / f"{lang}.md", tuple(t.id for t in declared.tasks), problems) for lang in texts.LANGUAGES}
    specs = {one.id: read_specs(one, Converter(file, problems)) for one in declared.tasks}
    check_assignment(declared, {task: placed for task, placed in specs.items() if placed}, file, problems)
    _check_notebooks(declared, path, problems)
    check_figures(path, problems)
    explained = read_explained(path, problems)
    digest = _digest(path, problems)
    if len(problems.found) > before:
        return None
    tasks = tuple(_task(one, [spec for spec, _ in specs[one.id] or ()], languages) for one in declared.tasks)
    return replace(_package(path, course, digest, declared, languages, tasks), explained=explained)


def _package(
    path: Path, course: str, digest: str, declared: AssignmentFile, languages: dict[str, texts.Texts], tasks: tuple[Task, ...]
) -> AssignmentPackage:
    return AssignmentPackage(
        course=course,
        slug=path.name,
        root=path,
        digest=digest,
        title=declared.title,
        text={lang: one.intro for lang, one in languages.items()},
        tasks=tasks,
        notebook=declared.notebook,
        runtime=declared.runtime,
        device=declared.device,
        limits=declared.limits,
        expected_s=declared.expected_s,
        dataset=declared.dataset or "",
        held_out=declared.held_out,
        collect=declared.collect,
        collect_models=declared.collect_models,
        attempts=declared.attempts,
    )


def _task(declared: TaskFile, specs: list[CheckSpec], languages: dict[str, texts.Texts]) -> Task:
    sections = {lang: one.sections[declared.id] for lang, one in languages.items()}
    spec = TaskSpec(declared.id, tuple(specs))
    return Task(
        id=declared.id,
        title={lang: section.title for lang, section in sections.items()},
        text={lang: section.text for lang, section in sections.items()},
        widget=_widget(declared.answer),
        spec=spec,
        messages=declared.messages,
        needs_notebook=needs_notebook(specs),
        extra_runs=extra_runs(spec, {declared.id: Answer(text="0")}),  # any answer: what matters is whether there are runs
    )


def _widget(declared: AnswerFile) -> Widget:
    options, rows = (
        tuple(Option(one.id, {"ru": one.ru, "en": one.en}, one.also) for one in some)
        for some in (declared.options, declared.rows)
    )
    return Widget(declared.kind, options, rows, declared.required, declared.label or {})


def _check_slug(folder: Path, file: Path, code: str, problems: Problems) -> None:
    """The folder's name stands in addresses, where anything but a slug would break every page that links to it."""
    if not _SLUG.fullmatch(folder.name):
        problems.add(file, 1, code, name=folder.name)


def _check_address(folder: Path, problems: Problems) -> None:
    """Of a course's folders alone: wherever else an assignment lies, its folder's name is no address."""
    if folder.name in _TAKEN:
        problems.add(folder / "assignment.yaml", 1, "package.taken_name", name=folder.name)


def _check_notebooks(declared: AssignmentFile, path: Path, problems: Problems) -> None:
    if declared.notebook == "none":
        return
    for name in ("starter.ipynb", "reference.ipynb"):
        try:
            cells = json.loads((path / name).read_text("utf-8"))["cells"]
        except FileNotFoundError:
            problems.add(path / name, 1, "package.notebook_missing")
        except (ValueError, KeyError, TypeError, RecursionError):
            problems.add(path / name, 1, "package.not_a_notebook")
        else:
            if not cells:
                problems.add(path / name, 1, "package.no_cells")


def _digest(path: Path, problems: Problems) -> str:
    try:
        return archive.digest(path)
    except archive.NotPacked as trouble:
        problems.add(path, 1, trouble.told.code, **trouble.told.values)
        return ""
