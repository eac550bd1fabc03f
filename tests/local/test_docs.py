"""Nothing undocumented: every setting and every verb has a line in the docs."""

from __future__ import annotations

import re

import pytest

from local.paths import ROOT
from local.verbs import VERBS

SETTINGS = (ROOT / "grader" / "settings.py").read_text()
READ = sorted(set(re.findall(r'(?:env\.\w+|environ\.get)\(\s*"([A-Z_]+)"', SETTINGS)))
PAGE = (ROOT / "docs" / "reference" / "settings.md").read_text()


@pytest.mark.parametrize("name", READ)
def test_a_setting_has_a_line_in_the_reference(name: str):
    assert f"`{name}`" in PAGE


def test_the_reference_names_no_setting_that_nobody_reads():
    ours = {"HOST", "PORT", "GRADER_CHROMIUM"}

    named = set(re.findall(r"^\| `([A-Z_]+)` \|", PAGE, re.MULTILINE))

    assert named - set(READ) - ours == set()


@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_has_a_line_in_how_to_run(verb: str):
    assert f"`./dev {verb}" in (ROOT / "docs" / "how-to" / "run.md").read_text()


@pytest.mark.parametrize("document", ["README.md", "docs/how-to/run.md", "docs/reference/settings.md"])
def test_a_page_links_to_what_is_there(document: str):
    file = ROOT / document
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", file.read_text())

    missing = [link for link in links if not (file.parent / link).exists()]

    assert missing == []
