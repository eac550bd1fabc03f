"""What a cell's exception usually means: the hint that follows `run.error`, by the exception's name.

To add one: a line in the table, and its sentence in `hints.yaml` of both languages.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from grader.catalogue.values import Scalar

# The exception's name; what its text must match, whose groups are values of the hint; the hint.
_MEANT: tuple[tuple[str, re.Pattern[str], str], ...] = (
    ("StdinNotImplementedError", re.compile(""), "hint.no_keyboard"),
    ("ModuleNotFoundError", re.compile(r"No module named '(?P<module>[\w.]+)'"), "hint.no_module"),
    ("NameError", re.compile(r"name '(?P<name>\w+)' is not defined"), "hint.not_defined"),
    ("FileNotFoundError", re.compile(""), "hint.no_file"),
    ("URLError", re.compile(""), "hint.no_internet"),
    ("ConnectionError", re.compile(""), "hint.no_internet"),
    ("gaierror", re.compile(""), "hint.no_internet"),
    ("Exception", re.compile("URL fetch failure"), "hint.no_internet"),  # keras.utils.get_file
)


def meant(values: Mapping[str, Scalar]) -> tuple[str, Mapping[str, Scalar]] | None:
    """The hint, and its values, for `ename` and `evalue` of a `run.error`; None where we know no usual reason."""
    for name, text, hint in _MEANT:
        found = text.search(str(values.get("evalue") or "")[:1000]) if values.get("ename") == name else None
        if found:
            return hint, found.groupdict()
    return None
