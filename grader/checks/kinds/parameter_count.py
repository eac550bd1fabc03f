"""Parameter count: does the model hold as many numbers as the task asks for?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from grader.checks import numbers, slips
from grader.checks.registry import check
from grader.checks.values import Answer, ModelEvidence, Verdict, failed, passed


@dataclass(frozen=True)
class Exactly:
    """`value` parameters, biases included: all of them (`total`) or only the trainable. `slips`: a count and its hint."""

    value: int
    of: Literal["total", "trainable"] = "total"
    slips: Mapping[str, str] = field(default_factory=dict)


@check("parameter_count", params=Exactly)
def parameter_count(want: Exactly, model: ModelEvidence, answer: Answer) -> Verdict:
    """The count is the framework's own: Keras has the moving statistics of a batch norm in its total."""
    counted = model.parameters if want.of == "total" else model.trainable_parameters
    if counted == want.value:
        return passed(counted=counted)
    return failed("differs", counted=counted, hint=_hint(want, model, counted, answer))


def _hint(want: Exactly, model: ModelEvidence, counted: int, answer: Answer) -> str | None:
    typed = numbers.read(answer.text)
    if not isinstance(typed, str) and any(one.value == want.value for one in typed):
        return "hint.notebook_must_contain"  # the number is right, and came from elsewhere
    known = slips.explained(want.slips, [counted])
    if known:
        return known
    # A bias for each output is the usual difference, so the student hears of it by name.
    return "hint.biases_missing" if counted + sum(model.output_widths) == want.value else None
