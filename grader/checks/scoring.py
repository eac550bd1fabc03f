"""From checks to points: which candidate a task is judged on, a task's status, and the code that decides.

Every caught model is a candidate. A task takes the one that is best for the student, all of the task's checks on the
same one. Where several earn as much, it takes the one of the right kind (more gates passed), then one that no other task
was passed with (the net that was meant for it), then the more accurate one, then the later one. A task that says
`other_than` a second one can't be earned by the model that earns that: the two take what is best for both together.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from grader.checks import registry, tries
from grader.checks.values import (
    CheckSpec,
    CheckVerdict,
    Evidence,
    Missing,
    ModelEvidence,
    Outcome,
    TaskSpec,
    TaskStatus,
    TaskVerdict,
    Verdict,
    error,
    failed,
    not_judged,
    noting,
    review,
)

# Reasons that mean: there was a model, and we could not take it. A person must look; nobody fails for our limits.
_MODEL_NOT_TAKEN = frozenset(
    f"missing.{reason}"
    for reason in (
        *("unsupported_layer", "not_serialisable", "refused", "time", "too_many", "too_large"),
        *("data_dependent", "numpy_inside", "not_traced"),  # torch
    )
)
_STOPPED = frozenset({"error", "timeout", "memory", "died"})
_Rank = tuple[float, int, int, bool, int, float, int]


@dataclass(frozen=True)
class _Round:
    """One task tried on one candidate."""

    verdict: TaskVerdict
    model: ModelEvidence | None
    gates: int  # how many gates were passed: what kind of net it is counts before how good it is
    barred: TaskVerdict | None = None  # the verdict where this model has earned another task that must not share it


def judge(tasks: Sequence[TaskSpec], evidence: Evidence, *, typed_only: bool = False) -> tuple[TaskVerdict, ...]:
    """Judge every task. With `typed_only` only what the typed answers decide by themselves. Never raises for evidence."""
    runs = [evidence, *(replace(evidence, models=models) for models in evidence.again)]
    return tries.best([_judged(tasks, run, typed_only) for run in runs], _pairs(tasks))


def _judged(tasks: Sequence[TaskSpec], evidence: Evidence, typed_only: bool) -> tuple[TaskVerdict, ...]:
    rounds = [_rounds(task, evidence, typed_only) for task in tasks]
    pairs = _pairs(tasks)
    first = _chosen(rounds, pairs, frozenset())
    taken = frozenset(one.model.id for one in first if one.model and one.verdict.status is TaskStatus.PASSED)
    return tuple(_seen_by_a_person(one, tried) for one, tried in zip(_chosen(rounds, pairs, taken), rounds, strict=True))


def _seen_by_a_person(best: _Round, tried: Sequence[_Round]) -> TaskVerdict:
    """The best round; where it earned a part, and one that we could not take might have earned more, a person looks too."""
    found = best.verdict
    lacking = next((one.verdict for one in tried if one.model is None and one.verdict.status is TaskStatus.REVIEW), None)
    if found.status is not TaskStatus.PARTIAL or lacking is None:
        return found
    return replace(
        found, status=TaskStatus.REVIEW, code=lacking.code, values={**found.values, **lacking.values}, hint=lacking.hint
    )


def _pairs(tasks: Sequence[TaskSpec]) -> dict[int, int]:
    """Places of the tasks that must be earned by another model than a second task, and the place of that one."""
    places = {task.id: at for at, task in enumerate(tasks)}
    return {at: places[named] for at, task in enumerate(tasks) if (named := _other_than(task.checks)) in places}


def _other_than(checks: Sequence[CheckSpec]) -> str:
    return next((named for spec in checks if (named := getattr(spec.params, "other_than", ""))), "")


def _chosen(rounds: Sequence[list[_Round]], pairs: Mapping[int, int], taken: frozenset[str]) -> list[_Round]:
    """The best round of each task; two that may not be earned by one model take what is best for both together."""
    chosen = [max(tried, key=lambda one: _rank(one, taken)) for tried in rounds]
    for at, other in pairs.items():
        both = ((first, _beside(first, second)) for first in rounds[other] for second in rounds[at])
        chosen[other], chosen[at] = max(both, key=lambda pair: _rank_of_both(pair, taken))
    return chosen


def _beside(first: _Round, second: _Round) -> _Round:
    """The second round of a pair as it counts where the first is chosen: one model does not earn both."""
    spent = first.verdict.points > 0 and second.barred is not None and _same(first.model, second.model)
    return replace(second, verdict=second.barred, gates=0) if spent and second.barred else second


def _same(one: ModelEvidence | None, other: ModelEvidence | None) -> bool:
    """Whether two candidates are one model, or a copy of it."""
    return one is not None and other is not None and (one.id == other.id or (one.digest != "" and one.digest == other.digest))


def _rank_of_both(pair: tuple[_Round, _Round], taken: frozenset[str]) -> tuple[float, int, _Rank, bool, _Rank]:
    """Where nothing is lost by it, each is told of a model of its own."""
    one, other = (_rank(tried, taken) for tried in pair)
    return one[0] + other[0], one[1] + other[1], one, not _same(pair[0].model, pair[1].model), other


def _rounds(task: TaskSpec, evidence: Evidence, typed_only: bool) -> list[_Round]:
    checks = [spec for spec in task.checks if not typed_only or registry.KINDS[spec.kind].typed]
    if not any(registry.KINDS[spec.kind].takes_model for spec in checks) or typed_only:
        return [_round(task.id, checks, evidence, None, typed_only)]
    candidates: list[ModelEvidence | None] = list(evidence.models)
    if not candidates or _not_taken(evidence):
        candidates.insert(0, None)  # the one that we don't have
    return [_round(task.id, checks, evidence, model, typed_only) for model in candidates]


def _round(
    task_id: str,
    checks: Sequence[CheckSpec],
    evidence: Evidence,
    model: ModelEvidence | None,
    typed_only: bool,
) -> _Round:
    verdicts = [_verdict(spec, task_id, evidence, model, typed_only) for spec in checks]
    gates = sum(spec.gate and one.outcome is Outcome.PASSED for spec, one in zip(checks, verdicts, strict=True))
    named = _other_than(checks)
    same = [failed("model.same", task=named) if _other_than([spec]) else one for spec, one in zip(checks, verdicts, strict=True)]
    barred = _task_verdict(task_id, checks, same, model) if named else None
    return _Round(_task_verdict(task_id, checks, verdicts, model), model, gates, barred)


def _verdict(
    spec: CheckSpec,
    task_id: str,
    evidence: Evidence,
    model: ModelEvidence | None,
    typed_only: bool,
) -> Verdict:
    kind = registry.KINDS[spec.kind]
    if kind.takes_model and model is None and not typed_only:
        return _without_model(kind, task_id, evidence)
    if kind.takes_model and kind.structure and model is not None and not model.rebuilt:
        return review("model.not_rebuilt", name=model.name or "model")
    try:
        verdict = registry.call(spec, task_id=task_id, evidence=evidence, model=model, alone=typed_only)
    except Exception as trouble:  # a bug of ours must cost a student nothing
        return not_judged("check.internal", check=spec.kind, trouble=type(trouble).__name__)
    if verdict.outcome is Outcome.FAILED and not kind.typed and evidence.run.status in _STOPPED:
        # What was looked for may have stood behind the cell that stopped the run: that is to be mended first.
        return noting(replace(verdict, hint=evidence.run.code or verdict.hint), evidence.run.values)
    return verdict


def _without_model(kind: registry.Kind, task_id: str, evidence: Evidence) -> Verdict:
    run, missing = evidence.run, _not_taken(evidence)
    if run.status == "none":
        return failed("notebook.none")
    if missing:
        return noting(
            review("model.not_taken", hint=missing.reason, name=missing.name or "model"),
            missing.values,
        )
    if run.status != "ok":
        return noting(error(run.code or "run.internal"), run.values)
    other = next(iter(evidence.missing), None)
    if other:
        return noting(failed("model.none", hint=other.reason, name=other.name or "model"), other.values)
    typed = evidence.answers.get(task_id)
    return failed(
        "model.none",
        hint="hint.notebook_must_contain" if typed and not typed.empty else None,
    )


def _not_taken(evidence: Evidence) -> Missing | None:
    return next((one for one in evidence.missing if one.model and one.reason in _MODEL_NOT_TAKEN), None)


def _rank(tried: _Round, taken: frozenset[str]) -> _Rank:
    verdict, model = tried.verdict, tried.model
    # Where nothing was earned, "a person must look" and "our own trouble" are better than "failed".
    open_still = {TaskStatus.NOT_JUDGED: 2, TaskStatus.REVIEW: 1}.get(verdict.status, 0)
    # What was only asked is kept apart from "none at all" by what is known of it, whatever else it was good for.
    used = model is not None and model.rebuilt and model.id in taken
    meant_for_another = used and verdict.status is not TaskStatus.PASSED
    measured = model.accuracy["held_out"].value if model and "held_out" in model.accuracy else -1.0
    return (
        verdict.points,
        open_still,
        tried.gates,
        not meant_for_another,
        sum(check.outcome is Outcome.PASSED for check in verdict.checks),
        measured if math.isfinite(measured) else -1.0,
        model.cell or 0 if model else -1,
    )


def _task_verdict(
    task_id: str,
    checks: Sequence[CheckSpec],
    verdicts: Sequence[Verdict],
    model: ModelEvidence | None,
) -> TaskVerdict:
    closed = any(spec.gate and verdict.outcome is not Outcome.PASSED for spec, verdict in zip(checks, verdicts, strict=True))
    judged = tuple(_check_verdict(spec, verdict, closed) for spec, verdict in zip(checks, verdicts, strict=True))
    if not judged:  # nothing of this task can be judged from what is typed, and what was not looked at is not judged
        return TaskVerdict(task_id, TaskStatus.NOT_JUDGED, 0.0, 0.0, "task.needs_notebook", {}, ())
    status = _status([check for check, verdict in zip(judged, verdicts, strict=True) if verdict.judged] or judged)
    deciding = judged[_deciding(status, checks, verdicts)]
    hinting = deciding if deciding.hint or status is TaskStatus.PASSED else next(filter(_explains_others, judged), deciding)
    return TaskVerdict(
        id=task_id,
        status=status,
        points=round(sum(one.points for one in judged), 2),
        max_points=round(sum(one.max_points for one in judged), 2),
        code=deciding.code,
        values={**hinting.values, **deciding.values},
        checks=judged,
        hint=hinting.hint,
        candidate=model.id if model else None,
        candidate_name=model.name if model else None,
    )


def _explains_others(check: CheckVerdict) -> bool:
    """Whether its hint may stand behind another check's sentence: why a net predicts badly explains only that it does."""
    return check.hint is not None and registry.KINDS[check.kind].structure


def _check_verdict(spec: CheckSpec, verdict: Verdict, closed: bool) -> CheckVerdict:
    earns = verdict.outcome in (Outcome.PASSED, Outcome.FAILED) and not closed
    share = min(1.0, max(0.0, verdict.share)) if earns and math.isfinite(verdict.share) else 0.0
    # A code with a dot is shared by kinds (`model.none`, `run.error`); any other is the kind's own.
    code = verdict.code if "." in verdict.code else f"{spec.kind}.{verdict.code}"
    return CheckVerdict(
        spec.kind,
        verdict.outcome,
        code,
        dict(verdict.values),
        round(spec.points * share, 2),
        spec.points,
        verdict.hint,
        verdict.near_miss,
        verdict.free,
    )


def _status(checks: Sequence[CheckVerdict]) -> TaskStatus:
    """What these checks, at least one, come to. What was typed beside an unjudged notebook does not make it judged."""
    outcomes = [check.outcome for check in checks]
    if Outcome.NOT_JUDGED in outcomes:
        return TaskStatus.NOT_JUDGED
    earning = [check.outcome for check in checks if check.max_points > 0] or outcomes
    if all(outcome is Outcome.ERROR for outcome in earning) and Outcome.FAILED not in outcomes:
        return TaskStatus.ERROR
    if Outcome.REVIEW in outcomes and Outcome.FAILED not in outcomes:
        return TaskStatus.REVIEW
    points, most = (
        sum(check.points for check in checks),
        sum(check.max_points for check in checks),
    )
    if most == 0:  # typed parts that earn nothing themselves
        return TaskStatus.PASSED if all(outcome is Outcome.PASSED for outcome in outcomes) else TaskStatus.FAILED
    if points >= most - 1e-9:
        return TaskStatus.PASSED
    return TaskStatus.PARTIAL if points > 0 else TaskStatus.FAILED


def _deciding(status: TaskStatus, checks: Sequence[CheckSpec], verdicts: Sequence[Verdict]) -> int:
    """Where the check stands that a student should read first."""
    outcomes = [verdict.outcome for verdict in verdicts]
    if status is TaskStatus.NOT_JUDGED:
        return outcomes.index(Outcome.NOT_JUDGED)
    places = range(len(outcomes))
    wrong = [at for at in places if outcomes[at] is Outcome.FAILED]
    # What was typed is told last: to mend it, or to leave it out, would earn nothing where the notebook's own part is wrong.
    typed = [at for at in wrong if checks[at].gate and registry.KINDS[checks[at].kind].typed]
    failed_gates = [at for at in wrong if checks[at].gate and at not in typed]
    failed_points = [at for at in wrong if checks[at].points > 0] if typed else []
    others = [at for at in places if outcomes[at] is not Outcome.PASSED]
    earning = [at for at in places if checks[at].points > 0]
    return next(iter(failed_gates or failed_points or typed or others or earning or places))
