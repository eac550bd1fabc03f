"""Do the keys of 6.1 and 6.2 hold under the conditions of their texts?

TensorFlow Playground in NumPy, as the page does it when it opens (github.com/tensorflow/playground, `dataset.ts`, `nn.ts`):
500 points without noise, half of them for training, features x1 and x2, tanh in the hidden layer and at the output, loss
(output - y)^2 / 2 averaged over points, weights from -0.5 to 0.5, biases 0.1, batches of 10 in the same order in every
epoch, learning rate 0.03. Many networks learn at once; the first axis of every array is the network.

    playground.py --seeds 100            a line of JSON for each claim and seed
    playground.py --seeds 100 --rates    a line for each claim

seeds: 100
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator

import numpy as np

POINTS, BATCH, RATE, EPOCHS = 500, 10, 0.03, 1000
CHUNK = 200  # networks whose numbers fit into a processor's cache
STARTS = 20  # of one set of points, for 6.2

Points = tuple[np.ndarray, np.ndarray]
Claim = tuple[str, np.ndarray, np.ndarray, float]  # a sentence; by seed whether it holds, and its value; the rate it needs


def exclusive_or(rng: np.random.Generator) -> Points:
    """A square whose opposite quadrants have one class, with a small gap along the axes."""
    x = rng.uniform(-5, 5, (POINTS, 2))
    x += np.where(x > 0, 0.3, -0.3)
    return x, np.where(x[:, 0] * x[:, 1] >= 0, 1.0, -1.0)


def gaussian(rng: np.random.Generator) -> Points:
    """Two clouds of variance 0.5 around (2, 2) and (-2, -2)."""
    y = rng.permutation(np.repeat([1.0, -1.0], POINTS // 2))
    return 2 * y[:, None] + rng.normal(0, np.sqrt(0.5), (POINTS, 2)), y


class Networks:
    """Networks with one hidden layer, each with its own points and its own beginning."""

    def __init__(self, points: list[Points], rngs: list[np.random.Generator], neurons: int) -> None:
        self.x, self.y = (np.stack(part).astype(np.float32) for part in zip(*points, strict=True))
        begun = [(rng.uniform(-0.5, 0.5, (2, neurons)), rng.uniform(-0.5, 0.5, (neurons, 1))) for rng in rngs]
        self.w1, self.w2 = (np.stack(part).astype(np.float32) for part in zip(*begun, strict=True))
        self.b1 = np.full((len(rngs), 1, neurons), 0.1, np.float32)
        self.b2 = np.full((len(rngs), 1, 1), 0.1, np.float32)

    def train(self, epochs: int) -> np.ndarray:
        """Train, and give each network's test loss as the page shows it at the end."""
        for _ in range(epochs):
            for at in range(0, POINTS // 2, BATCH):
                self._step(self.x[:, at : at + BATCH], self.y[:, at : at + BATCH, None])
        out = np.tanh(np.tanh(self.x[:, POINTS // 2 :] @ self.w1 + self.b1) @ self.w2 + self.b2)[..., 0]
        return np.asarray(((out - self.y[:, POINTS // 2 :]) ** 2).mean(1) / 2)

    def _step(self, x: np.ndarray, y: np.ndarray) -> None:
        hidden = np.tanh(x @ self.w1 + self.b1)
        out = np.tanh(hidden @ self.w2 + self.b2)
        d_out = (out - y) * (1 - out * out) * (RATE / BATCH)
        d_hidden = (d_out @ self.w2.transpose(0, 2, 1)) * (1 - hidden * hidden)
        self.w2 -= hidden.transpose(0, 2, 1) @ d_out
        self.b2 -= d_out.sum(1, keepdims=True)
        self.w1 -= x.transpose(0, 2, 1) @ d_hidden
        self.b1 -= d_hidden.sum(1, keepdims=True)


def losses(problem: str, neurons: int, seeds: range, epochs: int, starts: int = 1) -> np.ndarray:
    """Test losses (seeds, starts). A seed draws the points; the networks on them differ in their beginning only."""
    kind = {"Exclusive OR": exclusive_or, "Gaussian": gaussian}[problem]
    points, rngs = [], []
    for seed in seeds:
        drawn = kind(np.random.default_rng([seed, 6]))
        points += [drawn] * starts
        rngs += [np.random.default_rng([seed, neurons, start]) for start in range(starts)]
    parts = [slice(at, at + CHUNK) for at in range(0, len(points), CHUNK)]
    return np.concatenate([Networks(points[part], rngs[part], neurons).train(epochs) for part in parts]).reshape(-1, starts)


def claims(seeds: int, epochs: int) -> Iterator[Claim]:
    """Every claim with its seeds."""
    for neurons in (1, 2):
        loss = losses("Exclusive OR", neurons, range(seeds), epochs)[:, 0]
        yield f"6.1: Exclusive OR with {neurons} tanh neurons stays at a test loss of 0.1 or more", loss >= 0.1, loss, 1.0
    for neurons, rate in ((3, 0.5), (4, 0.75)):
        loss = losses("Exclusive OR", neurons, range(seeds), epochs)[:, 0]
        yield f"6.1: Exclusive OR with {neurons} tanh neurons reaches a test loss below 0.1", loss < 0.1, loss, rate
    for neurons in (1, 2, 3, 4):
        loss = losses("Gaussian", neurons, range(seeds), epochs // 5)[:, 0]
        yield f"6.2: Gaussian with {neurons} tanh neurons reaches a test loss below 0.01", loss < 0.01, loss, 1.0
    for problem, apart in (("Exclusive OR", True), ("Gaussian", False)):
        some = range(max(1, seeds // 4))
        spread = np.ptp(losses(problem, 4, some, epochs if apart else epochs // 5, STARTS), axis=1)
        said = f"6.2: {problem} with 4 tanh neurons: {STARTS} starts on the same points end "
        yield (
            (said + "over 0.03 apart", spread > 0.03, spread, 0.9)
            if apart
            else (said + "within 0.005", spread < 0.005, spread, 1.0)
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seeds", type=int, default=100)
    parser.add_argument("--epochs", type=int, default=EPOCHS, help="fewer for a quick look")
    parser.add_argument("--rates", action="store_true", help="the rate of each claim in place of every seed")
    options = parser.parse_args()
    for claim, holds, values, at_least in claims(options.seeds, options.epochs):
        if options.rates:
            spread = f"{values.min():.3f} to {values.max():.3f}"
            print(f"{holds.mean():.3f} of {len(holds)} (needed {at_least}): {claim}; values {spread}", flush=True)
            continue
        for seed, (held, value) in enumerate(zip(holds, values, strict=True)):
            line = {"claim": claim, "seed": seed, "holds": bool(held), "value": round(float(value), 4), "at_least": at_least}
            print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
