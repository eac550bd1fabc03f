"""The cast, a receiver on loopback, and leave to call it."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from typing import Any

import pytest

from tests.factories import cast
from tests.lms.receiver import Receiver, receiver
from tests.pages.conftest import at, world

__all__ = ["at", "cast", "world"]


@pytest.fixture
def loopback(settings: Any) -> Any:
    settings.GRADER_WEBHOOK_ALLOW = (ipaddress.ip_network("127.0.0.0/8"),)
    settings.GRADER_WEBHOOK_HTTP = True
    return settings


@pytest.fixture
def there(loopback: Any) -> Iterator[Receiver]:
    with receiver() as found:
        yield found
