"""Does the hidden data treat honest models fairly, and do the public labels gain anything on it?

    .venv/bin/python -m bench.hidden_data [--seeds 3]     train reference models on re-splits, and try the public labels
    .venv/bin/python -m bench.hidden_data --make-ease     make worker/zone_c_trusted/fashion_mnist_ease.bin again

Each reference model is trained on what a student is served, and measured on the public 10,000 and on the held-out part as zone B
gets it (noise). The attacks know the public 10,000 with their labels: a net fitted to them, a table of exact images, and a
nearest-neighbour table.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np

from worker.config import _fashion_mnist
from worker.zone_c_trusted import hidden_data

SOURCE = _fashion_mnist("", Path("var"))
FOLDS = 4


def a_net(kind: str) -> Any:
    import keras
    from keras import layers

    inside = {
        "linear": [],
        "linear, pixels left at 255": [layers.Rescaling(255)],
        "linear, each pixel scaled": [layers.Normalization()],
        "128-128": [layers.Dense(128, "relu"), layers.Dense(128, "relu")],
    }.get(kind)
    if inside is None:
        front = [
            keras.Input((28, 28)),
            layers.Reshape((28, 28, 1)),
            layers.Conv2D(16, 3, activation="relu"),
            layers.MaxPooling2D(),
        ]
        net = keras.Sequential(
            [*front, layers.Conv2D(32, 3, activation="relu"), layers.MaxPooling2D(), layers.Flatten(), layers.Dense(10)]
        )
        net.add(layers.Softmax())
    else:
        net = keras.Sequential([keras.Input((28, 28)), layers.Flatten(), *inside, layers.Dense(10, "softmax")])
    net.compile("adam", "sparse_categorical_crossentropy")
    return net


def fitted(kind: str, seed: int, images: Any, labels: Any, epochs: int) -> Any:
    import keras

    keras.utils.set_random_seed(seed)
    net = a_net(kind)
    for layer in net.layers:
        if isinstance(layer, keras.layers.Normalization):
            layer.adapt(images.reshape(len(images), -1) / 255.0)
    if "255" in kind:  # what makes it learn at all: steps that fall to nothing
        steps = epochs * len(images) // 128
        net.compile(keras.optimizers.Adam(keras.optimizers.schedules.PolynomialDecay(1e-3, steps)), net.loss)
    net.fit(images / 255.0, labels, epochs=epochs, batch_size=128, verbose=0)
    return net


def accuracy(net: Any, images: Any, labels: Any) -> float:
    return float((net.predict(images / 255.0, batch_size=500, verbose=0).argmax(1) == labels).mean())


def measure(seeds: int) -> None:
    rows: dict[str, list[float]] = {}
    for seed in range(seeds):
        with tempfile.TemporaryDirectory() as folder:
            data = hidden_data.prepare(SOURCE, seed=bytes([seed]) * 32, held_out=5000, into=Path(folder))
            images, labels = (hidden_data._read_idx(data.student / name) for name in hidden_data.FILES["train"])
            public, public_labels = (hidden_data._read_idx(data.student / name) for name in hidden_data.FILES["validation"])
            hidden = np.load(data.inputs / "held_out.npy")
            truth = np.frombuffer((data.labels / "held_out.bin").read_bytes(), np.uint8)
        kinds = (("linear", 5), ("linear, pixels left at 255", 5), ("linear, each pixel scaled", 5), ("128-128", 5))
        for kind, epochs in (*kinds, ("conv 16-32", 1)):
            net = fitted(kind, seed, images, labels, epochs)
            on_public, on_hidden = accuracy(net, public, public_labels), accuracy(net, hidden, truth)
            rows.setdefault(kind, []).append(on_hidden - on_public)
            print(f"seed {seed}, {kind}: public test {on_public:.4f}, held-out {on_hidden:.4f}", flush=True)
        cheat = fitted("128-128", seed, public, public_labels, 30)
        print(f"seed {seed}, fitted to the public 10,000: there {accuracy(cheat, public, public_labels):.4f}, held-out "
              f"{accuracy(cheat, hidden, truth):.4f}")  # fmt: skip
        table = {image.tobytes(): int(label) for image, label in zip(public, public_labels, strict=True)}
        known = [table.get(image.tobytes(), 0) == label for image, label in zip(hidden, truth, strict=True)]
        print(f"seed {seed}, exact table: held-out {np.mean(known):.4f}")
        print(
            f"seed {seed}, nearest-neighbour table: held-out {neighbours(public, public_labels, hidden, truth):.4f}", flush=True
        )
    for kind, differences in rows.items():
        spread = f"{min(differences):+.4f} to {max(differences):+.4f}"
        print(f"{kind}: held-out minus public test {statistics.mean(differences):+.4f} ({spread})")


def neighbours(known: Any, labels: Any, images: Any, truth: Any) -> float:
    a, b = (x.reshape(len(x), -1).astype(np.float32) for x in (images, known))
    return float((labels[((b * b).sum(1)[None] - 2 * a @ b.T).argmin(1)] == truth).mean())


def make_ease() -> None:
    """Out-of-fold probability of the right class for the 60,000, and the folds' mean for the 10,000; a byte each."""
    (images, labels), (public, public_labels) = (hidden_data._read(SOURCE, part) for part in ("train", "validation"))
    fold = np.random.default_rng(7).integers(0, FOLDS, len(labels))
    ease, public_ease = np.zeros(len(labels)), np.zeros(len(public_labels))
    for k in range(FOLDS):
        for kind in ("linear", "128-128"):
            net = fitted(kind, 100 + k, images[fold != k], labels[fold != k], 4)
            sure = net.predict(images[fold == k] / 255.0, batch_size=1000, verbose=0)
            ease[fold == k] += sure[np.arange(len(sure)), labels[fold == k]] / 2
            sure = net.predict(public / 255.0, batch_size=1000, verbose=0)
            public_ease += sure[np.arange(len(sure)), public_labels] / (2 * FOLDS)
    both = np.rint(255 * np.concatenate([ease, public_ease])).astype(np.uint8)
    hidden_data.EASE.write_bytes(both.tobytes())
    print(f"{hidden_data.EASE}: mean {ease.mean():.4f} and {public_ease.mean():.4f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--make-ease", action="store_true")
    given = parser.parse_args()
    if given.make_ease:
        make_ease()
    else:
        measure(given.seeds)


if __name__ == "__main__":
    main()
