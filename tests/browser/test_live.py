"""A student watches a real training: stage, cell, output and each epoch come by themselves; then the result explains it."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.browser.test_path import log_in

MARKDOWN = "# Сеть\n\nОбучение на Fashion-MNIST"
LOAD = (
    "import numpy as np\nfrom tensorflow import keras\nfrom tensorflow.keras import layers\n"
    "(x_train, y_train), (x_val, y_val) = keras.datasets.fashion_mnist.load_data()\n"
    "x_train, x_val = x_train[:4000] / 255.0, x_val[:1000] / 255.0\nprint('\\x1b[32mready\\x1b[0m')"
)
TRAIN = (
    "import time\nclass Slowly(keras.callbacks.Callback):\n    def on_epoch_end(self, epoch, logs=None):\n        time.sleep(2)\n"
    "model = keras.Sequential([layers.Input((28, 28)), layers.Flatten(), layers.Dense(10, activation='softmax')])\n"
    "model.compile(optimizer='adam', loss='sparse_categorical_crossentropy', metrics=['accuracy'])\n"
    "history = model.fit(x_train, y_train[:4000], epochs=4, validation_data=(x_val, y_val[:1000]), callbacks=[Slowly()])"
)


def a_training() -> bytes:
    code: list[dict[str, Any]] = [
        {"cell_type": "code", "metadata": {}, "source": one, "outputs": [], "execution_count": None} for one in (LOAD, TRAIN)
    ]
    cells = [{"cell_type": "markdown", "metadata": {}, "source": MARKDOWN}, *code]
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}).encode()


@pytest.mark.slow
def test_a_training_is_watched_live_and_its_result_explains_it(running_site, browser):
    context = browser.new_context(locale="en")
    tab = context.new_page()
    complaints: list[str] = []
    tab.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    log_in(tab, running_site, "classmate2")
    tab.goto(f"{running_site.url}/courses/dl2/13/")
    tab.set_input_files("#notebook", files=[{"name": "training.ipynb", "mimeType": "", "buffer": a_training()}])
    with tab.expect_response(lambda answer: answer.url.endswith("/stream/"), timeout=60_000) as streamed:
        hand_in(tab)
    assert streamed.value.headers["content-type"].startswith("text/event-stream")
    tab.evaluate("window.stayed = true")

    tab.get_by_role("heading", name=re.compile(r"Running cell \d of 2")).wait_for(timeout=120_000)
    tab.locator(".log .ansi-2", has_text="ready").wait_for(timeout=120_000)
    tab.locator("svg.chart").first.wait_for(timeout=120_000)
    rows = tab.locator("figure table tbody tr")
    seen: set[int] = set()
    while tab.url.find("/submissions/") > 0 and len(seen) < 3:
        tab.wait_for_timeout(100)
        seen.add(rows.count() // 2)
    assert len(seen) >= 3, seen  # epochs came one after another while it trained
    assert tab.evaluate("window.stayed")  # and the page was never loaded anew

    tab.reload()
    assert tab.locator("svg.chart").count() or "/results/" in tab.url  # after a reload it is all there at once
    tab.wait_for_url(re.compile("/results/sub_"), timeout=180_000)
    text = tab.inner_text("main")
    assert "What was taken for what" in text
    assert "7,850" in text
    assert re.search(r"about [\d,]+ more of 5,000 images right|the threshold is reached", text)
    assert "as Keras in your notebook said it" in text
    tab.get_by_role("link", name="See the notebook as it ran").click()
    tab.get_by_text("Обучение на Fashion-MNIST").wait_for()
    assert tab.locator("pre.code").count() == 2
    assert complaints == []
    context.close()


def hand_in(tab) -> None:
    """Press the button, and once more where the form asks back whether an odd notebook is meant."""
    tab.click("#form > .row > .button")
    tab.wait_for_load_state()
    if "/submissions/" not in tab.url and "/results/" not in tab.url:
        tab.get_by_role("button", name=re.compile("anyway", re.IGNORECASE)).click()
