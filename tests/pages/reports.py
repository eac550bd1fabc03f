"""What a worker would bring of a trained model and of its notebook: a report, trainings, and a notebook's parts for the page."""

from __future__ import annotations

import base64
import json
import struct
import zlib
from typing import Any

from grader.submissions.report import LayerReport, ModelReport, Report, SplitReport, Training

EPOCHS = ((0.5712, 0.8012, 0.4711, 0.8344), (0.4120, 0.8531, 0.4102, 0.8555), (0.3701, 0.8668, 0.3899, 0.8612))
BAR = "\x1b[1m1875/1875\x1b[0m \x1b[32m━━━━━━━━━━━━━━━━━━━━\x1b[0m"  # as Keras draws it
TRAINING = Training(
    4,
    tuple(
        (number, {"loss": loss, "accuracy": right, "val_loss": val_loss, "val_accuracy": val_right})
        for number, (loss, right, val_loss, val_right) in enumerate(EPOCHS, 1)
    ),
)


def a_matrix(right: int = 415) -> tuple[tuple[int, ...], ...]:
    """Of 500 images a class so many are right; shirts are taken for T-shirts, the rest spreads."""
    rows = []
    for true in range(10):
        row = [0] * 10
        row[true] = right
        row[(true + 2) % 10] = 500 - right - 20
        row[0 if true == 6 else (true + 4) % 10] += 20
        rows.append(tuple(row))
    return tuple(rows)


def a_model(name: str = "model", tasks: tuple[str, ...] = ("1.4",), **more: Any) -> ModelReport:
    layers = (
        LayerReport("Flatten", 0, (None, 784)),
        LayerReport("Dense", 100_480, (None, 128), "relu"),
        LayerReport("Dense", 16_512, (None, 128), "relu"),
        LayerReport("Dense", 1290, (None, 10), "softmax"),
    )
    facts: dict[str, Any] = {
        "id": f"main-{name}",
        "name": name,
        "framework": "keras",
        "cell": 2,
        "tasks": tasks,
        "layers": layers,
        "parameters": 118_282,
        "trainable_parameters": 118_282,
        "accuracy": {"held_out": SplitReport(4150, 5000, "unit"), "validation": SplitReport(8312, 10_000, "unit")},
        "confusion": a_matrix(),
        "curve": {
            "loss": tuple(epoch[0] for epoch in EPOCHS),
            "accuracy": tuple(epoch[1] for epoch in EPOCHS),
            "val_loss": tuple(epoch[2] for epoch in EPOCHS),
            "val_accuracy": tuple(epoch[3] for epoch in EPOCHS),
        },
    }
    return ModelReport(**(facts | more))


REPORT = Report(
    models=(a_model(), a_model("model2", ("1.6",), curve={}, confusion=(), accuracy={})), caught=3, trainings=(TRAINING,)
)


def a_png(width: int = 120, height: int = 80) -> str:
    """A grey picture, as base64."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + bytes((x * 2) % 256 for x in range(width)) for _ in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    png = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return base64.b64encode(png).decode()


def text(said: str, kind: str = "text") -> dict[str, Any]:
    return {"kind": kind, "head": "", "tail": said, "skipped": 0}


def a_cell(source: str, *outputs: dict[str, Any], number: int | None = None) -> dict[str, Any]:
    kind = "text" if number is None else "code"
    return {"kind": kind, "number": number, "source": source, "cut": 0, "outputs": list(outputs), "left_out": 0}


def a_view(*cells: dict[str, Any]) -> bytes:
    return json.dumps({"cells": list(cells), "left_out": 0}).encode()


TRACEBACK = (
    "\x1b[31m---------------------------------------------------------------------------\x1b[39m\n"
    "\x1b[31mNameError\x1b[39m                                 Traceback (most recent call last)\n"
    "\x1b[36mCell\x1b[39m\x1b[36m \x1b[39m\x1b[32mIn[5]\x1b[39m\n\x1b[32m----> 1\x1b[39m x + \x1b[32m1\x1b[39m\n\n"
    "\x1b[31mNameError\x1b[39m: name 'x' is not defined"
)
VIEW = a_view(
    a_cell("# Домашка 4\n\nСеть на Keras: $\\hat y = \\mathrm{softmax}(Wx + b)$"),
    a_cell("from tensorflow import keras\n\n# данные\n(x, y), test = keras.datasets.fashion_mnist.load_data()", number=1),
    a_cell(
        'model = keras.Sequential([keras.layers.Dense(128, activation="relu")])\nmodel.fit(x / 255, y, epochs=3)',
        text(2 * f"Epoch 1/3\n{BAR} 4s 2ms/step - accuracy: 0.8012 - loss: 0.5712\n"),
        number=2,
    ),
    a_cell("## Ошибки"),
    a_cell(
        "plt.imshow(x[0])",
        {"kind": "image", "mime": "image/png", "data": a_png(), "width": 120, "height": 80},
        {"kind": "left_out", "mime": "application/vnd.jupyter.widget-view+json"},
        number=3,
    ),
    a_cell(
        "pd.DataFrame(errors)",
        {"kind": "table", "head": [["", "класс", "ошибок"]], "rows": [["0", "рубашка", "87"]], "left_out": 9},
        text("".join(f"строка {number}\n" for number in range(60))),
        number=4,
    ),
    a_cell("x + 1", text(TRACEBACK, "error"), number=5),
)  # fmt: skip
