"""The cast and the small course as it is stored, for the tests of this room."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.factories import a_course_folder, cast

__all__ = ["cast", "folder"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return a_course_folder(tmp_path)
