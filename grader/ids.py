"""Opaque public ids: a prefix that says what it is, and 128 random bits that say nothing."""

from __future__ import annotations

import secrets

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32, lower case: no i, l, o, u


def public_id(prefix: str) -> str:
    """A new id such as `sub_7k2m…` (26 characters after the prefix)."""
    number = secrets.randbits(130)
    return prefix + "_" + "".join(_ALPHABET[(number >> (5 * i)) & 31] for i in range(26))
