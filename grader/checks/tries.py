"""Near misses: training is chance, so a notebook that missed narrowly was run again with other seeds, and the best counts."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import replace

from grader.checks.values import Outcome, TaskVerdict, Values

_TOLD = {2: "hint.near_miss_2", 3: "hint.near_miss_3"}  # by how many figures there are to tell


def near_miss(task: TaskVerdict) -> bool:
    """Whether all that is wrong with a task is a measurement that chance may have decided."""
    wrong = [check for check in task.checks if check.outcome is not Outcome.PASSED]
    return bool(wrong) and all(check.near_miss for check in wrong)


def best(runs: Sequence[tuple[TaskVerdict, ...]], pairs: Mapping[int, int]) -> tuple[TaskVerdict, ...]:
    """What counts of several runs of one notebook, the first one its own: only near misses are looked for in the others.

    Two tasks of `pairs` that one model can't earn both are not earned by one model of two runs either.
    """
    near = {at for at, one in enumerate(runs[0]) if near_miss(one)}
    found = [max((run[at] for run in runs), key=lambda one: one.points) if at in near else one for at, one in enumerate(runs[0])]
    for pair in [(other, at) for at, other in pairs.items() if near & {at, other}]:
        both = itertools.product(*(_open(runs, at, at in near) for at in pair))
        found[pair[0]], found[pair[1]] = max(
            (two for two in both if not _shared(*two)), key=lambda two: two[0].points + two[1].points
        )
    return tuple(_told(one, [run[at] for run in runs]) if at in near and runs[1:] else one for at, one in enumerate(found))


def _open(runs: Sequence[tuple[TaskVerdict, ...]], at: int, near: bool) -> list[TaskVerdict]:
    """The verdicts that a task of a pair may take; one that was no near miss may give up points for the other, not gain them."""
    return [run[at] for run in runs if near or run[at].points <= runs[0][at].points]


def _shared(one: TaskVerdict, other: TaskVerdict) -> bool:
    """Whether both were earned by one model. It has the same number in each run, behind the run's name."""
    numbers = [str(task.candidate).rpartition("-")[2] for task in (one, other)]
    return one.points > 0 and other.points > 0 and numbers[0] == numbers[1]


def _told(counts: TaskVerdict, tried: Sequence[TaskVerdict]) -> TaskVerdict:
    """The verdict that counts, with every figure that was measured, in the order of the runs."""
    at = next(at for at, check in enumerate(tried[0].checks) if check.near_miss)
    seen = [figure for one in tried if (figure := one.checks[at].values.get("measured")) is not None]
    figures: Values = {f"try_{number}": figure for number, figure in enumerate(seen[:3], 1)}
    hint = _TOLD.get(len(figures))
    checks = list(counts.checks)
    checks[at] = replace(checks[at], values={**checks[at].values, **figures}, hint=hint or checks[at].hint)
    return replace(counts, checks=tuple(checks), values={**counts.values, **figures}, hint=hint or counts.hint)
