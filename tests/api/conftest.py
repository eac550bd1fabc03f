"""The cast, and callers of the API with tokens."""

from __future__ import annotations

from tests.api.callers import api, site_token, token
from tests.factories import cast

__all__ = ["api", "cast", "site_token", "token"]
