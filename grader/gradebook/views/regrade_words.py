"""A regrade in words: its state, its scope, which way an attempt goes, and why a task comes out otherwise."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from assignments.package.values import AssignmentPackage, Task
from grader import catalogue
from grader.gradebook.models import Regrade
from grader.gradebook.regrading.preview import Counts, Row, TaskChange
from grader.gradebook.regrading.scope import Scope
from grader.submissions.models import TaskResult
from grader.submissions.templatetags.words import in_language, language, word

State = Regrade.State


@dataclass(frozen=True)
class Said:
    """A state as a badge: a colour's name, a sign and a word."""

    tone: str
    sign: str
    word: str


_STATES = {
    State.TRYING: ("running", "▸", pgettext_lazy("regrade", "dry run under way")),
    State.READY: ("review", "?", pgettext_lazy("regrade", "waits for your decision")),
    State.APPLYING: ("running", "▸", pgettext_lazy("regrade", "being applied")),
    State.APPLIED: ("passed", "✓", pgettext_lazy("regrade", "applied")),
    State.UNDONE: ("late", "↺", pgettext_lazy("regrade", "undone")),
    State.DROPPED: ("cancelled", "–", pgettext_lazy("regrade", "dropped")),
}
_UNDOING = ("running", "▸", pgettext_lazy("regrade", "being undone"))
_WAYS = {
    "gains": ("passed", "▲", pgettext_lazy("regrade", "gains")),
    "loses": ("failed", "▼", pgettext_lazy("regrade", "loses")),
    "same": ("none", "=", pgettext_lazy("regrade", "same points")),
    "failed": ("problem", "↻", pgettext_lazy("regrade", "not judged, our fault")),
    "waiting": ("waiting", "…", pgettext_lazy("regrade", "not judged yet")),
}
_REFUSED = {
    "nobody": gettext_lazy("No attempt fits this choice. Widen it."),
    "no_reason": gettext_lazy("Say why: students and colleagues will read it."),
    "no_version": gettext_lazy("This assignment has no version to judge by."),
    "later_one": gettext_lazy("A later regrade stands on this one. Undo that one first."),
    "nothing_failed": gettext_lazy("There is nothing to judge again."),
    "other_state": gettext_lazy("Somebody else was faster: this regrade is in another state by now."),
}
_WHICH = {
    "all": gettext_lazy("all attempts"),
    "latest": gettext_lazy("the latest attempt of each student"),
    "counting": gettext_lazy("the attempts that count"),
}


def state_of(regrade: Regrade, *, goes_on: bool) -> Said:
    undoing = regrade.state == State.UNDONE and goes_on
    tone, sign, said = _UNDOING if undoing else _STATES[State(regrade.state)]
    return Said(tone, sign, str(said))


def refusal(code: str) -> str:
    return str(_REFUSED.get(code, code))


def scope_of(raw: dict[str, Any]) -> str:
    """Which attempts, in one line."""
    scope = Scope.of(raw)
    said = [str(_WHICH[scope.which])]
    said += [_("in the state “%(state)s”") % {"state": word(state)} for state in scope.states]
    if scope.students:
        said.append(_("chosen students: %(number)s") % {"number": len(scope.students)})
    if scope.task:
        said.append(_("“%(answer)s” typed for task %(task)s") % {"answer": scope.answer, "task": scope.task})
    return ", ".join(said)


def ways(counts: Counts) -> list[tuple[str, Said, int]]:
    """Each way with how many go it; those that nobody goes are left out, except the two that matter."""
    return [
        (way, Said(tone, sign, str(said)), counts.by_way[way])
        for way, (tone, sign, said) in _WAYS.items()
        if counts.by_way[way] or way in ("gains", "loses")
    ]


@dataclass(frozen=True)
class ChangeSaid:
    """A task's verdict before and after, as sentences."""

    task: str
    title: str
    state_before: str
    state_after: str
    points_before: Decimal | None
    points_after: Decimal | None
    before: str
    after: str


@dataclass(frozen=True)
class Line:
    """A row with its words."""

    row: Row
    way: Said
    changes: tuple[ChangeSaid, ...]


def line_of(row: Row, package: AssignmentPackage) -> Line:
    tasks = {task.id: task for task in package.tasks}
    tone, sign, said = _WAYS[row.way]
    return Line(row, Said(tone, sign, str(said)), tuple(_change(one, tasks.get(one.task)) for one in row.changes))


def _change(change: TaskChange, task: Task | None) -> ChangeSaid:
    before, after = change.before, change.after
    return ChangeSaid(
        task=change.task,
        title=in_language(task.title) if task else "",
        state_before=before.status if before else "none",
        state_after=after.status if after else "none",
        points_before=before.points if before else None,
        points_after=after.points if after else None,
        before=_sentence(before, task),
        after=_sentence(after, task),
    )


def _sentence(row: TaskResult | None, task: Task | None) -> str:
    if row is None or not row.code:
        return ""
    return catalogue.render(row.code, row.values, language(), extra=task.messages if task else None)
