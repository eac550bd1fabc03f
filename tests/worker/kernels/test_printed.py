from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.kernels import events
from worker.kernels.epochs import Epochs
from worker.kernels.printed import HEAD, TAIL, Printed, plain
from worker.kernels.trainings import Trainings


def shown(*pieces: str) -> tuple[str, str, int]:
    printed = Printed()
    for piece in pieces:
        printed.add(piece)
    return printed.shown()


def told(*lines: str, cell: int = 1) -> list[tuple[int, int, dict[str, float]]]:
    """Training, epoch and numbers that lines of one cell tell."""
    epochs = Epochs()
    epochs.begin_cell(cell)
    for line in lines:
        epochs.read(line)
    return [(training, epoch, numbers) for training, _cell, epoch, numbers in epochs.changed()]


@pytest.mark.parametrize(
    ("pieces", "tail"),
    [
        (("one\ntwo",), "one\ntwo"),
        (("1/9 a\r2/9 b", "\r9/9 c\n"), "9/9 c\n"),
        (("100 %\b\b\b\b\b20 %",), "20 %"),
        (("\x1b[31mred\x1b[0m",), "\x1b[31mred\x1b[0m"),
        (("\x1b[2J\x1b[Hgone\x07\x00",), "gone"),
        (("\x1b]8;;http://e.org\x07link\x1b]8;;\x07",), "link"),
        (("\x1b[31", "m"), "[31m"),  # torn in two it is text
    ],
)
def test_output_stands_as_a_terminal_would_show_it(pieces: tuple[str, ...], tail: str) -> None:
    assert shown(*pieces) == ("", tail, 0)


def test_of_much_output_the_first_and_the_last_words_are_kept_and_the_rest_is_counted() -> None:
    lines = [f"line {number}\n" for number in range(5000)]

    head, tail, skipped = shown(*lines)

    assert head.startswith("line 0\nline 1\n")
    assert tail.endswith("line 4999\n")
    assert tail.startswith("line ")  # cut where a line begins
    assert len(head) <= HEAD
    assert len(tail) <= TAIL
    assert len(head) + skipped + len(tail) == len("".join(lines))


@given(st.lists(st.text(), max_size=30))
def test_whatever_is_printed_takes_little_room_and_steers_no_terminal(pieces: list[str]) -> None:
    head, tail, _ = shown(*pieces)

    assert len(head) <= HEAD
    assert len(tail) <= TAIL
    assert not [sign for sign in plain(head + tail) if ord(sign) < 32 and sign not in "\t\n\r\b"]


def test_keras_progress_lines_tell_each_epoch_and_evaluate_after_them_nothing() -> None:
    found = told(
        "Epoch 1/2",
        "400/469 ━━━ 1s 2ms/step - accuracy: 0.6 - loss: 1.1",
        "469/469 ━━━ 1s 2ms/step - accuracy: 0.8 - loss: 0.5 - val_accuracy: 0.83 - val_loss: 4.5e-01",
        "Epoch 2/2",
        "469/469 - 1s - 2ms/step - accuracy: 0.85 - loss: 0.4",
        "313/313 ━━━ 0s 1ms/step - accuracy: 0.1 - loss: 9.0",
    )

    assert found == [
        (1, 1, {"accuracy": 0.8, "loss": 0.5, "val_accuracy": 0.83, "val_loss": 0.45}),
        (1, 2, {"accuracy": 0.85, "loss": 0.4}),
    ]


@pytest.mark.parametrize(
    ("line", "numbers"),
    [
        ("Epoch [3/10], Loss: 0.5123, Test Accuracy: 87.5%", {"loss": 0.5123, "val_accuracy": 0.875}),
        ("epoch=3 train_loss=0.5 val_loss=0.4 val_acc=0.9", {"loss": 0.5, "val_loss": 0.4, "val_accuracy": 0.9}),
        ("Эпоха 3: потери 0.3, точность 91 %", {"loss": 0.3, "accuracy": 0.91}),
        ("3: 0.8712", {"value": 0.8712}),
        ("Epoch 3: all is well", None),
        ("Epoch 3 loss: nan", None),
        ("Epoch 3 loss: 1e999", None),
        ("loss: 0.3", None),  # of no epoch
    ],
)
def test_what_loops_print_is_understood_where_it_names_its_epoch(line: str, numbers: dict[str, float] | None) -> None:
    assert told(line) == ([] if numbers is None else [(1, 3, numbers)])


def test_epochs_that_count_anew_are_another_training() -> None:
    found = told("Epoch 1 loss 1", "Epoch 2 loss 0.5", "Epoch 1 loss 2", "Epoch 2 loss 1")

    assert [training for training, _epoch, _numbers in found] == [1, 1, 2, 2]


def test_a_long_training_is_thinned_and_many_trainings_keep_the_newest() -> None:
    seen = Trainings()
    for epoch in range(1, 1001):
        seen.add(events.DriverEvent("epoch", 1, training=1, epoch=epoch, numbers={"loss": 1 / epoch}))
    (long,) = seen.all()
    assert 100 <= len(long.points) <= 200
    assert long.points[-1][0] == 1000

    for training in range(2, 40):
        seen.add(events.DriverEvent("epoch", 2, training=training, epoch=1, numbers={"loss": 1.0}))
    assert len(seen.all()) == 8


@pytest.mark.parametrize(
    "raw",
    [
        '{"event": "epoch", "cell": 1, "numbers": {"password": 1.0}}',
        '{"event": "epoch", "cell": 1, "numbers": {"loss": NaN}}',
        '{"event": "epoch", "cell": 1, "numbers": {"loss": "1"}}',
        '{"event": "epoch", "cell": 1, "epoch": -1}',
        '{"event": "epoch", "cell": 1, "epoch": 1.5}',
        '{"event": "epoch", "cell": 9, "epoch": 1}',
        '{"event": "output", "cell": 1, "tail": "' + "x" * 4001 + '"}',
        '{"event": "output", "cell": 1, "head": 5}',
    ],
)
def test_a_line_of_another_shape_is_a_broken_protocol(raw: Any) -> None:
    with pytest.raises(events.ProtocolError):
        events.parse(raw.encode(), 3)
