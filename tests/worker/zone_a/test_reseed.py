"""Seeds that a notebook sets are others in a further run; nothing else of them is."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

KIT = Path(__file__).parents[3] / "worker/zone_a_student"


def drawn(tmp_path: Path, number: int, code: str) -> str:
    """What a fresh process prints whose seeds are changed by `number` before the code imports anything."""
    kit = tmp_path / "_grader_kit"
    if not kit.exists():
        kit.symlink_to(KIT)
    install = f"import sys; sys.path.insert(0, {str(tmp_path)!r})\nfrom _grader_kit import reseed\n"
    install += f"reseed.install({number})\n" if number else ""
    done = subprocess.run([sys.executable, "-c", install + code], capture_output=True, text=True, timeout=120, check=True)
    return done.stdout


@pytest.mark.parametrize(
    "code",
    [
        "import random; random.seed(1); print(random.random())",
        "import random; random.seed(a=7); print(random.random())",
        "import numpy as np; np.random.seed(1); print(np.random.rand())",
        "import numpy as np; np.random.seed(seed=1); print(np.random.rand())",
        "import numpy as np; print(np.random.default_rng(1).random())",
        "import torch; torch.manual_seed(1); print(torch.rand(1))",
    ],
)  # fmt: skip
def test_each_run_draws_others_and_the_same_each_time(tmp_path: Path, code: str) -> None:
    first, second, plain = (drawn(tmp_path, number, code) for number in (1, 2, 0))

    assert len({first, second, plain}) == 3
    assert drawn(tmp_path, 1, code) == first


@pytest.mark.parametrize(
    "code",
    [
        "import random; random.seed('text'); print(random.random())",
        "import numpy as np; np.random.seed(None); np.random.seed(); print(np.random.default_rng().random() < 1)",
    ],
)
def test_what_is_no_integer_is_left_as_it_is(tmp_path: Path, code: str) -> None:
    assert drawn(tmp_path, 1, code) == drawn(tmp_path, 0, code)
