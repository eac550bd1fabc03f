from __future__ import annotations

from dataclasses import dataclass

import pytest

from grader.checks import registry
from grader.checks.kinds.choice import Choice
from grader.checks.kinds.expression import Changed
from grader.checks.values import Answer, CheckSpec, Verdict
from tests.checks.makers import a_task


def test_a_parameter_that_nothing_fills_is_refused_when_the_kind_is_written():
    def odd(want: Choice, clock: float) -> Verdict: ...  # type: ignore[empty-body]

    with pytest.raises(TypeError, match="nothing fills"):
        registry.check("odd", params=Choice)(odd)


def test_parameters_must_be_frozen_and_names_unique():
    @dataclass
    class Loose:
        pass

    with pytest.raises(TypeError, match="frozen"):
        registry.check("loose", params=Loose)
    with pytest.raises(TypeError, match="twice"):
        registry.check("choice", params=Choice)(registry.KINDS["choice"].function)


def test_further_runs_come_from_the_checks_that_ask_for_them():
    both = a_task(CheckSpec("choice", Choice("a"), 1), CheckSpec("expression", Changed(given=((0.0,),), expected=((1.0,),)), 1))

    assert [run.name for run in registry.extra_runs(both, {"t": Answer(text="t1[0]=1")})] == ["t:typed"]
