"""How public ids look in addresses. What looks otherwise (a NUL, say) is no page, and never reaches the database."""

from __future__ import annotations

from django.urls.converters import StringConverter


class PublicId(StringConverter):
    """A prefix and the alphabet of `grader.ids`."""

    regex = "[a-z]{3}_[0-9a-z]{1,40}"
