"""The cast, a client for each of them, and letters that are kept instead of sent."""

from __future__ import annotations

from typing import Any

import pytest

from tests.accounts.conftest import at
from tests.factories import Cast, cast

__all__ = ["at", "cast"]


@pytest.fixture
def anna(cast: Cast, settings: Any) -> Any:
    """The student, with an e-mail, reading English; links go to a public address."""
    settings.MAIL_LINKS = "https://grader.example.org"
    cast.student.email, cast.student.language, cast.student.first_name = "anna@example.org", "en", "Anna"
    cast.student.save()
    return cast.student
