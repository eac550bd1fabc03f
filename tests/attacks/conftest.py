"""The marker of this folder's own."""

from __future__ import annotations

import pytest


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "attacks: tries hostile notebooks in real sandboxes")
