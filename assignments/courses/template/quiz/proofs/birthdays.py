"""Does the key of 1.5 hold? Rooms of 22 and 23 people, drawn at random.

seeds: 20
"""

from __future__ import annotations

import argparse
import json
import random

ROOMS, DAYS = 40_000, 365


def share(people: int, seed: int) -> float:
    """How many of the rooms have a birthday twice."""
    draw = random.Random(seed)
    twice = sum(len(set(draw.choices(range(DAYS), k=people))) < people for _ in range(ROOMS))
    return twice / ROOMS


parser = argparse.ArgumentParser()
parser.add_argument("--seeds", type=int, default=20)
for seed in range(parser.parse_args().seeds):
    few, enough = share(22, seed), share(23, seed)
    told = {"seed": seed, "at_least": 0.95}
    print(json.dumps({"claim": "22 people: fewer than half of the rooms have a birthday twice", "holds": few < 0.5, "value": few} | told))
    print(json.dumps({"claim": "23 people: more than half of the rooms have", "holds": enough > 0.5, "value": enough} | told))
