"""The same under their newer name."""

from __future__ import annotations

from . import *  # noqa: F403
