"""The cast, for the tests of this room."""

from tests.factories import cast

__all__ = ["cast"]
