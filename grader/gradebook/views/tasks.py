"""What a class makes of each task: the one piece of analytics that a teacher needs on the night of a deadline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from assignments.models import Assignment
from assignments.package.values import AssignmentPackage, Task
from assignments.queries import package_of
from grader import catalogue
from grader.accounts.queries import students_visible_to
from grader.gradebook.grid.rows import course_for
from grader.gradebook.grid.tasks import FEW, Bar, Failure, TaskLine, task_lines, task_report
from grader.submissions.templatetags.words import language, number


@dataclass(frozen=True)
class Listed:
    assignment: Assignment
    tasks: list[tuple[Task, TaskLine | None, int | None]]  # with per cent passed


@dataclass(frozen=True)
class Said:
    """A failure in words."""

    failure: Failure
    sentence: str
    hint: str


@login_required
@require_safe
@never_cache
def tasks(request: HttpRequest, course: str) -> HttpResponse:
    """Every task of the course with its pass rate."""
    found = course_for(request.user, course)
    lines = task_lines(found, students_visible_to(request.user, found))
    rows = Assignment.objects.filter(course=found, current_version__isnull=False).order_by("position")
    listed = [
        Listed(row, [_listed(task, lines.get(row.pk, {}).get(task.id)) for task in _package(row).tasks])
        for row in rows.select_related("current_version__assignment__course")
    ]
    return render(request, "gradebook/tasks.html", {"course": found, "listed": listed})


def _listed(task: Task, line: TaskLine | None) -> tuple[Task, TaskLine | None, int | None]:
    return task, line, share(line.passed, line.handed_in) if line else None


@login_required
@require_safe
@never_cache
def task(request: HttpRequest, course: str, slug: str, task: str) -> HttpResponse:
    """One task: how points fall, how many pass and with which attempt, and what goes wrong most."""
    found = course_for(request.user, course)
    row = get_object_or_404(
        Assignment.objects.select_related("current_version__assignment__course"),
        course=found,
        slug=slug,
        current_version__isnull=False,
    )
    asked = next((one for one in _package(row).tasks if one.id == task), None)
    if asked is None:
        raise Http404
    report = task_report(row, task, students_visible_to(request.user, found))
    context = {
        "course": found,
        "assignment": row,
        "task": asked,
        "report": report,
        "rate": share(report.passed, report.handed_in),
        "few": report.handed_in < FEW,
        "chart": histogram(report.bars) if report.bars else "",
        "failures": [_said(one, asked) for one in report.failures],
        "bars": [(label(bar), bar.students) for bar in report.bars],
    }
    return render(request, "gradebook/task.html", context)


def _package(row: Assignment) -> AssignmentPackage:
    assert row.current_version is not None
    return package_of(row.current_version)


def _said(failure: Failure, task: Task) -> Said:
    def say(code: str) -> str:
        return catalogue.render(code, failure.values, language(), extra=task.messages) if code else ""

    return Said(failure, say(failure.code), say(failure.hint))


def share(part: int, whole: int) -> int | None:
    return round(100 * part / whole) if whole else None


def label(bar: Bar) -> str:
    return number(bar.least) if bar.least == bar.most else f"{number(bar.least)}–{number(bar.most)}"


HEIGHT, FOOT, HEAD = 150, 30, 20
LEAST_WIDTH, STEP, BROADEST = 440, 64, 72  # of the picture; of a bar with its label; of a bar alone


def histogram(bars: Sequence[Bar]) -> SafeString:
    """Bars with their numbers above and the points below. What it says stands in the table behind it, too."""
    width = max(LEAST_WIDTH, STEP * len(bars))
    highest = max(bar.students for bar in bars) or 1
    drawn = format_html_join("", "{}", ((_bar(bar, n, width / len(bars), highest),) for n, bar in enumerate(bars)))
    return format_html(
        '<svg class="chart" viewBox="0 0 {} {}" role="img" aria-label="{}">{}<path class="axis" d="M0 {}H{}"/></svg>',
        *(width, HEIGHT + FOOT + HEAD, _("Students by points"), drawn, HEIGHT + HEAD, width),
    )


def _bar(bar: Bar, place: int, step: float, highest: int) -> SafeString:
    tall, broad = round(HEIGHT * bar.students / highest), min(round(step * 0.76), BROADEST)
    middle, top = round((place + 0.5) * step), HEIGHT + HEAD - tall
    return format_html(
        '<rect class="bar" x="{}" y="{}" width="{}" height="{}"/>'
        '<text class="said" x="{}" y="{}" text-anchor="middle">{}</text>'
        '<text x="{}" y="{}" text-anchor="middle">{}</text>',
        *(middle - broad // 2, top, broad, tall, middle, top - 6, bar.students, middle, HEIGHT + HEAD + 20, label(bar)),
    )
