"""What was found, as Markdown for people: a table of assignments, bounds, mutants by check, survivors with their reasons."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Iterator

from grader.catalogue import say
from grader.checks import CHECKS_VERSION
from worker.course_check.check import CourseFound
from worker.course_check.figures import suggested, wilson
from worker.course_check.found import AssignmentFound, Threshold, Tried, named


def markdown(found: CourseFound) -> str:
    """The whole report."""
    parts = [f"# `{found.course}` proved", *_summary(found), *_thresholds(found), *_claims(found)]
    for one in found.assignments:
        parts += _assignment(one)
    return "\n".join([*parts, ""])


def last_line(found: CourseFound) -> str:
    """What a person wants to read last."""
    problems, tasks = len(found.all_problems), f"{found.tasks} task{'s' if found.tasks != 1 else ''}"
    if problems:
        return f"{tasks}: {problems} problem{'s' if problems > 1 else ''}, named above."
    return f"{tasks}: every reference earns full points, every starter less."


def _row(*cells: object) -> str:
    return "| " + " | ".join(str(cell).replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


def _table(head: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> Iterator[str]:
    yield ""
    yield _row(*head)
    yield _row(*("---" for _ in head))
    yield from (_row(*row) for row in rows)


def _summary(found: CourseFound) -> Iterator[str]:
    made, caught = sum(one.made for one in found.assignments), sum(one.count("caught", "elsewhere") for one in found.assignments)
    yield f"\nMade by `manage.py course check` with checks `{CHECKS_VERSION}`. {last_line(found)}"
    yield f"\nMutants caught: **{caught} of {made}** that ran and are not equivalent. Mutants are notebooks with one thing wrong,"
    yield "made from the reference by its syntax tree, and answers with one thing off. *Elsewhere*: a check noticed, but not one"
    yield "that looks at what was spoilt. A mutant that stops with an error proves nothing, and is counted apart."
    head = ("assignment", "tasks", "reference: full", "starter", "caught", "elsewhere", "survived", "equivalent", "does not run")
    yield from _table(head, (_summary_row(one) for one in found.assignments))
    if found.all_problems:
        yield "\n## Problems\n"
        yield from (f"- {say(problem, 'en')}" for problem in found.all_problems)


def _summary_row(one: AssignmentFound) -> tuple[object, ...]:
    runs = [found for _, found in one.references if found]
    starters = [f"{found.points:g} of {found.max_points:g}" for _, found in one.starters if found]
    counts = [one.count(state) for state in ("caught", "elsewhere", "survived", "equivalent", "does not run")]
    full = f"{sum(found.full for found in runs)} of {len(runs)}"
    return one.package.slug, ", ".join(task.id for task in one.package.tasks), full, "; ".join(starters), *counts


def _thresholds(found: CourseFound) -> Iterator[str]:
    rows = [_threshold(row) for one in found.assignments for row in one.thresholds]
    if not rows:
        return
    yield "\n## Bounds over seeds\n"
    yield "Runs of the reference with other hidden images and other seeds of the training. *Passed* with its 95 % interval"
    yield "(Wilson); *first*: without the second chance of a near miss. *Suggested*: the highest bound that 99 of 100 such runs"
    yield "meet, from the prediction bound of Student's t and the deviation of the sampling that is forgiven; few runs make it"
    yield "careful."
    yield from _table(("check", "bound", "runs", "passed", "first", "mean", "least", "most", "suggested"), rows)


def _threshold(one: Threshold) -> tuple[object, ...]:
    low, high = wilson(one.passed, one.runs)
    bound = f"{one.at_least:g}" + (f" to {one.below:g}" if one.below is not None else "")
    proposal = suggested(one.measured, one.images)
    return (
        f"{one.task} {one.kind} {one.split}".strip(),
        bound,
        one.runs,
        f"{one.passed / one.runs:.0%} ({low:.0%} to {high:.0%})",
        one.first,
        *(f"{figure(one.measured):.4f}" for figure in (statistics.fmean, min, max)),
        "-" if proposal is None else f"{proposal:.3f}",
    )


def _claims(found: CourseFound) -> Iterator[str]:
    if not found.claims:
        return
    yield "\n## Reproductions\n"
    yield "Small programs of the packages whose runs show that a key holds under its text's conditions."
    rows = []
    for one in found.claims:
        low, high = one.interval
        spread = f"{statistics.fmean(one.values):.4g} ({min(one.values):.4g} to {max(one.values):.4g})" if one.values else "-"
        wanted = "-" if one.at_least is None else f"{one.at_least:.0%}"
        rate = f"{one.held / one.runs:.0%} ({low:.0%} to {high:.0%})"
        rows.append((one.program, one.sentence, f"{one.held} of {one.runs}", rate, wanted, spread))
    yield from _table(("program", "claim", "held", "rate", "wanted", "mean (least to most)"), rows)


def _assignment(one: AssignmentFound) -> Iterator[str]:
    if not one.mutants:
        return
    yield f"\n## {one.package.slug}"
    yield from _table(("check", "made to fail by"), _by_check(one))
    for title, states in (("Survived", ("survived", "not judged")), ("Caught by another check", ("elsewhere",))):
        listed = [tried for tried in one.mutants if tried.state in states]
        if listed:
            yield f"\n{title}:\n"
            yield from (f"- {tried.case.name}{_turned(one, tried)}" for tried in listed)
    equivalent = [tried for tried in one.mutants if tried.state == "equivalent"]
    if equivalent:
        yield from _table(("equivalent", "because"), ((f"{tried.case.name}", tried.because) for tried in equivalent))
    notebooks = [tried for tried in one.mutants if tried.case.role == "notebook"]
    if notebooks:
        yield f"\n<details><summary>{len(notebooks)} notebooks</summary>"
        yield from _table(("mutant", "came to", "turned"), (_notebook(one, tried) for tried in notebooks))
        yield "\n</details>"


def _notebook(one: AssignmentFound, tried: Tried) -> tuple[str, str, str]:
    came_to = tried.state if tried.state != "does not run" else f"does not run ({tried.because[:80]})"
    came_to += " (trained on a batch)" if tried.short else ""
    return tried.case.name, came_to, ", ".join(named(one.package, place) for place in tried.by)


def _turned(one: AssignmentFound, tried: Tried) -> str:
    return f": {', '.join(named(one.package, place) for place in tried.by)}" if tried.by else ""


def _by_check(one: AssignmentFound) -> Iterator[tuple[str, str]]:
    """Each check with what made it fail; the mutants that meant it first."""
    for task in one.package.tasks:
        for at in range(len(task.spec.checks)):
            noticed = [tried for tried in one.mutants if (task.id, at) in tried.by and tried.state in ("caught", "elsewhere")]
            names: dict[str, int] = {}
            for tried in noticed:
                name = tried.case.name.partition(":")[0].removeprefix(f"{task.id} ")
                names[name] = names.get(name, 0) + 1
            said = ", ".join(f"{name} ({count})" if count > 1 else name for name, count in names.items())
            by_starter = "the starter" if (task.id, at) in one.turned else "**nothing**"
            yield named(one.package, (task.id, at)), said or by_starter
