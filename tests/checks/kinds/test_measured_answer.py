from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.checks import judge
from grader.checks.kinds.measured_answer import Measured
from grader.checks.values import Accuracy, CheckSpec, ModelEvidence, Outcome, TaskStatus
from tests.checks.makers import a_model, a_task, seen, verdict

KEY = Measured(key=0.92, key_from=0.88, key_to=0.96, alone_from=0.85, alone_to=0.97)


def a_net(train: float | None, name: str = "net", **changes: object) -> ModelEvidence:
    model = a_model(10, accuracy=0.9, name=name, **changes)  # type: ignore[arg-type]
    if train is not None:
        model.accuracy["train"] = Accuracy(train, 10_000, "unit")  # type: ignore[index]
    return model


@pytest.mark.parametrize("figure", ["92", "0.92", "0,92", "92 %", "92%", "0.918", "0.9249", "accuracy: 92"])
@pytest.mark.parametrize("train", [0.88, 0.92, 0.96])
def test_the_key_is_right_for_every_model_of_its_usual_range(figure: str, train: float):
    assert verdict(KEY, "measured_answer", answer=figure, model=a_net(train)).outcome is Outcome.PASSED


@pytest.mark.parametrize(("figure", "train"), [("94", 0.9312), ("97", 0.985), ("85", 0.87), ("0.8", 0.82), ("92", 0.94)])
def test_another_figure_is_right_beside_the_model_that_shows_it(figure: str, train: float):
    assert verdict(KEY, "measured_answer", answer=figure, model=a_net(train)).outcome is Outcome.PASSED


@pytest.mark.parametrize(("figure", "train"), [("92", 0.97), ("92", 0.87), ("90", 0.9301), ("30", 0.92), ("1", 0.92)])
def test_a_figure_that_no_model_shows_is_for_a_person(figure: str, train: float):
    judged = verdict(KEY, "measured_answer", answer=figure, model=a_net(train))

    assert (judged.outcome, judged.code, judged.values["measured"]) == (Outcome.REVIEW, "differs", train)


@pytest.mark.parametrize("model", [a_net(None), a_net(float("nan")), a_net(0.92, finite=False)])
def test_what_could_not_be_measured_is_for_a_person(model: ModelEvidence):
    assert verdict(KEY, "measured_answer", answer="92", model=model).code == "not_measured"


@pytest.mark.parametrize(
    ("figure", "code"), [("", "empty"), ("много", "unreadable"), ("920", "out_of_range"), ("-1", "out_of_range")]
)
def test_what_is_no_share_fails(figure: str, code: str):
    judged = verdict(KEY, "measured_answer", answer=figure, model=a_net(0.92))

    assert (judged.outcome, judged.code) == (Outcome.FAILED, code)


@pytest.mark.parametrize(
    ("figure", "outcome"),
    [
        ("92", "passed"),
        ("0,92", "passed"),
        ("91", "review"),
        ("85", "review"),
        ("97", "review"),
        ("84", "failed"),
        ("98", "failed"),
    ],
)
def test_judged_alone_only_the_key_passes_and_what_is_near_is_for_a_person(figure: str, outcome: str):
    assert verdict(KEY, "measured_answer", answer=figure, alone=True).outcome == outcome


def test_any_candidate_will_do():
    task = a_task(CheckSpec("measured_answer", KEY, 3))

    (result,) = judge([task], seen(a_net(0.3, "one"), a_net(0.91, "other"), a_net(0.99, "third"), tt="92"))

    assert (result.status, result.candidate_name) == (TaskStatus.PASSED, "other")


@given(st.floats(0.01, 1))
def test_the_measured_figure_itself_is_always_right(train: float):
    assert verdict(KEY, "measured_answer", answer=f"{train:.6f}", model=a_net(train)).outcome is Outcome.PASSED
