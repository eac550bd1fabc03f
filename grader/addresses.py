"""How ids look in addresses. A public id that looks otherwise (with a NUL, say) is no page, and never reaches the database."""

from __future__ import annotations

from django.urls.converters import StringConverter


class PublicId(StringConverter):
    """A prefix and the alphabet of `grader.ids`."""

    regex = "[a-z]{3}_[0-9a-z]{1,40}"


class ExternalId(StringConverter):
    """An id of the LMS at the end of an address: any text, slashes and line ends too. Whoever takes it looks what is in it."""

    regex = "(?s:.+)"
