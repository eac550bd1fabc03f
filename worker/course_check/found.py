"""What came of an assignment's cases: who earned what, which check turned for which mutant, what survived, how bounds do."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from assignments.package.values import AssignmentPackage
from grader.catalogue.values import Shown, Told, told
from grader.checks.values import Outcome
from worker.course_check.cases import Case, family_of
from worker.course_check.equivalents import Equivalents
from worker.course_check.keep import Found, turned

_NAMED = {
    "reference": "part.reference",
    "reference, typed in ru": "part.reference_ru",
    "reference, typed in en": "part.reference_en",
    "starter": "part.starter",
    "starter, right answers typed": "part.starter_typed",
    "nothing answered": "part.nothing_answered",
}
State = Literal["caught", "elsewhere", "survived", "equivalent", "does not run", "not judged"]
Place = tuple[str, int]  # a task, and the number of a check in it from 0


@dataclass(frozen=True)
class Tried:
    """A mutant and what became of it. `by`: the checks whose verdict turned; `because`: why it is no worse, or how it ended."""

    case: Case
    state: State
    by: tuple[Place, ...] = ()
    because: str = ""
    short: bool = False  # seen with its training cut down to a batch


@dataclass(frozen=True)
class Threshold:
    """One check with a bound over the reference's runs. `first`: how many met it without a second chance."""

    task: str
    kind: str
    split: str
    at_least: float
    below: float | None
    runs: int
    passed: int
    first: int
    measured: tuple[float, ...]
    images: int


@dataclass
class AssignmentFound:
    """All that is known of one assignment; no `problems` means that it is proved."""

    package: AssignmentPackage
    references: list[tuple[Case, Found | None]] = field(default_factory=list)
    starters: list[tuple[Case, Found | None]] = field(default_factory=list)
    mutants: list[Tried] = field(default_factory=list)
    thresholds: list[Threshold] = field(default_factory=list)
    turned: set[Place] = field(default_factory=set)
    problems: list[Told] = field(default_factory=list)

    def count(self, *states: State, role: str = "") -> int:
        return sum(one.state in states and role in ("", one.case.role) for one in self.mutants)

    @property
    def made(self) -> int:
        """Mutants that ran and are not equivalent: those that some check must notice."""
        return self.count("caught", "elsewhere", "survived")


def of(
    package: AssignmentPackage, cases: Sequence[Case], found: Mapping[Case, Found], equivalents: Equivalents
) -> AssignmentFound:
    """Put together what was found of an assignment's cases."""
    total = AssignmentFound(package)
    total.references = [(case, found.get(case)) for case in cases if case.role == "reference"]
    total.starters = [(case, found.get(case)) for case in cases if case.role == "starter"]
    base = total.references[0][1] if total.references else None
    if base is not None:
        for case in cases:
            if case.role in ("answer", "notebook"):
                total.mutants.append(_tried(case, found.get(case), base, equivalents))
        _turned(total, base)
    total.thresholds = _thresholds(package, [one for _, one in total.references if one])
    total.problems = _problems(total, cases, equivalents)
    return total


def _tried(case: Case, found: Found | None, base: Found, equivalents: Equivalents) -> Tried:
    if found is None:
        return Tried(case, "not judged")
    by = _places_turned(found, base)
    if found.full:
        because = equivalents.why(case)
        return Tried(case, "equivalent" if because else "survived", by, because)
    if found.ended != base.ended and case.role == "notebook":
        return Tried(case, "does not run", by, found.said or found.ended, short=found.short)
    kinds = {found.tasks[task][at].kind for task, at in by}
    noticed = bool({family_of(kind) for kind in kinds} & case.family)
    return Tried(case, "caught" if noticed else "elsewhere", by, short=found.short)


def _places_turned(found: Found, base: Found) -> tuple[Place, ...]:
    return tuple(
        (task, at)
        for task, checks in found.tasks.items()
        for at, check in enumerate(checks)
        if at < len(base.tasks[task]) and turned(check, base.tasks[task][at])
        if not found.short or family_of(check.kind) == "structure"  # that a short training does badly says nothing
    )


def _turned(total: AssignmentFound, base: Found) -> None:
    """Checks that have been seen to fail: by a mutant, or by the starter."""
    total.turned = {place for one in total.mutants for place in one.by}
    for _, found in total.starters:
        total.turned |= set(_places_turned(found, base)) if found else set()


def _thresholds(package: AssignmentPackage, runs: Sequence[Found]) -> list[Threshold]:
    thresholds = []
    for task in package.tasks:
        for at, spec in enumerate(task.spec.checks):
            checks = [found.tasks[task.id][at] for found in runs if at < len(found.tasks.get(task.id, ()))]
            values = [one.values for one in checks if isinstance(one.values.get("measured"), float)]
            if not values or not isinstance(getattr(spec.params, "at_least", None), float) or not task.needs_notebook:
                continue
            thresholds.append(
                Threshold(
                    task.id,
                    spec.kind,
                    str(getattr(spec.params, "split", "")),
                    spec.params.at_least,
                    getattr(spec.params, "below", None),
                    len(checks),
                    sum(one.outcome == Outcome.PASSED for one in checks),
                    sum(one.outcome == Outcome.PASSED and "try_1" not in one.values for one in checks),
                    tuple(one.get("try_1", one["measured"]) for one in values),
                    int(values[0].get("images") or 0),
                )
            )
    return thresholds


def _problems(total: AssignmentFound, cases: Sequence[Case], equivalents: Equivalents) -> list[Told]:
    slug = total.package.slug
    both = total.references + total.starters
    problems = [told("proof.not_judged", slug=slug, case=_named(case)) for case, one in both if not one]
    for case, one in total.references:
        where: dict[str, Shown] = {"slug": slug, "case": _named(case)}
        if one and not one.full:
            earned = {"points": f"{one.points:g}", "most": f"{one.max_points:g}"}
            problems.append(told("proof.not_full", **where, **earned, lost=_lost(one)))
        if one and one.ended not in ("ok", "none"):
            problems.append(told("proof.does_not_run", **where, said=one.said or one.ended))
    problems += [told("proof.starter_full", slug=slug, case=_named(case)) for case, one in total.starters if one and one.full]
    codes = {"survived": "proof.survived", "not judged": "proof.mutant_not_judged"}
    problems += [told(codes[one.state], slug=slug, mutant=one.case.name) for one in total.mutants if one.state in codes]
    if any(case.role in ("answer", "notebook") for case in cases):
        problems += [told("proof.never_failed", slug=slug, check=named(total.package, place)) for place in untouched(total)]
        problems += [told("proof.no_such_mutant", slug=slug, mutant=name) for name in equivalents.unused(cases)]
    return problems


def _named(case: Case) -> Shown:
    """References and starters in the reader's words; a mutant's name is what `equivalents.yaml` calls it."""
    if case.seed:
        return told("part.reference_again", seed=case.seed)
    return told(_NAMED[case.name]) if case.name in _NAMED else case.name


def untouched(total: AssignmentFound) -> list[Place]:
    """Checks that no mutant and no starter made fail."""
    places = [(task.id, at) for task in total.package.tasks for at in range(len(task.spec.checks))]
    return [place for place in places if place not in total.turned]


def named(package: AssignmentPackage, place: Place) -> str:
    """`13.1 accuracy`, with a number where a task has several of a kind."""
    task_id, at = place
    kinds = [spec.kind for task in package.tasks if task.id == task_id for spec in task.spec.checks]
    number = f" ({kinds[: at + 1].count(kinds[at])})" if kinds.count(kinds[at]) > 1 else ""
    return f"{task_id} {kinds[at]}{number}"


def _lost(found: Found) -> str:
    """The first check that did not pass."""
    wrong = [f"{task} {one.code}" for task, checks in found.tasks.items() for one in checks if one.outcome != Outcome.PASSED]
    return re.sub(r"\s+", " ", ", ".join(wrong[:3]) or found.said)
