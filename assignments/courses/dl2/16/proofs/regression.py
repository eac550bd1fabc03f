"""Do the keys of 16.1 and 16.2 hold under the conditions of the starter?

The linear regression of the starter in NumPy: y = K x + B + noise, x uniform in [-2, 2]; k and b begin at 0 and take EPOCHS
steps of gradient descent on all points at once. Rows are draws, each trained by itself.

    regression.py --seeds 100            a line of JSON for each claim and seed
    regression.py --seeds 100 --rates    a line for each claim

seeds: 100
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator

import numpy as np

K, B, NOISE = 2.0, 1.5, 0.37
EPOCHS, RATE = 12, 0.2
REPEATS, AT_ONCE = 5000, 1000  # draws of one seed, as in the starter; so many are in memory at once
MOST, STEP = 1000, 10  # numbers of points that are tried: 10, 20, … 1000

Claim = tuple[str, np.ndarray, np.ndarray, float]  # a sentence; by seed whether it holds, and its value; the rate it needs


def draw(rng: np.random.Generator, draws: int, points: int) -> tuple[np.ndarray, np.ndarray]:
    """x and y, both (draws, points)."""
    x = rng.uniform(-2, 2, (draws, points))
    return x, K * x + B + rng.normal(0, NOISE, (draws, points))


def train(x: np.ndarray, y: np.ndarray, loss: str) -> tuple[np.ndarray, np.ndarray]:
    """k and b (draws, 1) after training with `MSE` or `MAE`."""
    k, b = np.zeros((len(x), 1)), np.zeros((len(x), 1))
    for _ in range(EPOCHS):
        error = k * x + b - y
        slope = 2 * error if loss == "MSE" else np.sign(error)
        k, b = k - RATE * (slope * x).mean(1, keepdims=True), b - RATE * slope.mean(1, keepdims=True)
    return k, b


def shares_within(rng: np.random.Generator, deviation: float = 0.02) -> np.ndarray:
    """By number of points (STEP, 2 STEP, … MOST): the share of draws whose b, trained with MSE, is within `deviation` of B."""
    parts = [_trained_b(*draw(rng, AT_ONCE, MOST)) for _ in range(REPEATS // AT_ONCE)]
    return (np.abs(np.concatenate(parts) - B) <= deviation * B).mean(0)


def _trained_b(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """b (draws, numbers of points). The gradient of MSE needs no points but the means of x, y, x^2 and x y."""
    so_many = np.arange(STEP, MOST + 1, STEP)
    mx, my, mxx, mxy = (np.cumsum(one, axis=1)[:, STEP - 1 :: STEP] / so_many for one in (x, y, x * x, x * y))
    k, b = np.zeros_like(mx), np.zeros_like(mx)
    for _ in range(EPOCHS):
        k, b = k - 2 * RATE * (k * mxx + b * mx - mxy), b - 2 * RATE * (k * mx + b - my)
    return b


def worse(seed: int, points: int) -> tuple[float, float]:
    """By how much MAE's predictions of 1,000 new points are worse than MSE's: mean absolute, and root mean squared, error."""
    rng = np.random.default_rng([seed, points])
    (x, y), (new_x, new_y) = draw(rng, 1, points), draw(rng, 1, 1000)
    errors = {}
    for loss in ("MSE", "MAE"):
        k, b = train(x, y, loss)
        errors[loss] = new_y - k * new_x - b
    absolute = np.abs(errors["MAE"]).mean() - np.abs(errors["MSE"]).mean()
    squared = np.sqrt((errors["MAE"] ** 2).mean()) - np.sqrt((errors["MSE"] ** 2).mean())
    return float(absolute), float(squared)


def claims(seeds: int) -> Iterator[Claim]:
    """Every claim with its seeds."""
    shares = np.array([shares_within(np.random.default_rng([seed, 16])) for seed in range(seeds)])
    needed = STEP * (1 + (shares >= 0.95).argmax(1)).astype(float)
    said = "16.1: the number of points with which 95 of 100 draws are within 2 % lies in 550-700"
    yield said, (needed >= 550) & (needed <= 700), needed, 1.0
    enough = shares[:, 500 // STEP - 1]
    yield "16.1: with 500 points fewer than 95 of 100 draws are within 2 %", enough < 0.95, enough, 1.0
    for points in (100, 700):
        by = np.array([worse(seed, points) for seed in range(seeds)])
        for column, figure in enumerate(("mean absolute error", "root mean squared error")):
            said = f"16.2: after MAE in place of MSE, {points} points, predictions are worse by {figure}"
            yield said, by[:, column] > 0, by[:, column], 0.99


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seeds", type=int, default=100)
    parser.add_argument("--rates", action="store_true", help="the rate of each claim in place of every seed")
    options = parser.parse_args()
    for claim, holds, values, at_least in claims(options.seeds):
        if options.rates:
            spread = f"{values.min():.3f} to {values.max():.3f}"
            print(f"{holds.mean():.3f} of {len(holds)} (needed {at_least}): {claim}; values {spread}", flush=True)
            continue
        for seed, (held, value) in enumerate(zip(holds, values, strict=True)):
            line = {"claim": claim, "seed": seed, "holds": bool(held), "value": round(float(value), 4), "at_least": at_least}
            print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
