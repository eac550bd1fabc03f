"""`./dev golden`: the golden notebooks against what is expected of them; with `--engines`, on every engine (`engines.py`)."""

from __future__ import annotations

import sys

import pytest


def main(argv: list[str]) -> int:
    if "--engines" in argv:
        from tests.golden import engines

        return engines.main([word for word in argv if word != "--engines"])
    return pytest.main(["-m", "golden", "tests/golden", *argv])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
