"""What browsers are given beside pages, and what pages may not hold under a strict Content-Security-Policy."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
STATIC = ROOT / "grader" / "static"


def test_vendored_files_are_those_that_were_written_down():
    table = (STATIC / "VENDORED.md").read_text("utf-8")

    written = dict(re.findall(r"\| `(vendor/[^`]+)` \|.*\| `([0-9a-f]{64})` \|", table))
    there = {f"vendor/{file.name}": hashlib.sha256(file.read_bytes()).hexdigest() for file in (STATIC / "vendor").iterdir()}
    assert written == there


# A letter is read in a mail program, which knows no style sheet of ours; the site shows it in a sandboxed frame only.
PAGES = [path for path in sorted((ROOT / "grader" / "templates").rglob("*.html")) if path.name != "letter.html"]


@pytest.mark.parametrize("template", PAGES, ids=lambda path: path.name)
def test_no_template_holds_inline_script_style_or_handler(template):
    text = re.sub(r"\{%.*?%\}|\{\{.*?\}\}", "", template.read_text("utf-8"))

    assert not re.search(r"<script(?![^>]*\bsrc=)", text)
    assert "<style" not in text
    assert not re.search(r"\sstyle=", text)
    assert not re.search(r"\son\w+=", text)
    assert "hx-on" not in text


@pytest.mark.parametrize("name", sorted(path.name for path in STATIC.glob("*.js")))
def test_our_scripts_build_no_code_from_text(name):
    script = (STATIC / name).read_text("utf-8")

    for forbidden in ("eval(", "new Function", "insertAdjacentHTML", "document.write"):
        assert forbidden not in script
    assert not re.search(r"\.(inner|outer)HTML\s*\+?=(?!=)", script)


@pytest.mark.parametrize("address", ["/login/", "/", "/courses/zoo/everything/", "/courses/zoo/gradebook/", "/nowhere/"])
def test_every_page_carries_the_policy(whole_class, at, address):
    policy = at(whole_class.teacher).get(address)["Content-Security-Policy"]

    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "style-src 'self'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy


@pytest.mark.parametrize("picture", re.findall(r"\]\((docs/pictures/[^)]+)\)", (ROOT / "README.md").read_text("utf-8")))
def test_pictures_of_the_readme_are_there_and_small(picture):
    data = (ROOT / picture).read_bytes()

    assert data.startswith(b"\x89PNG")
    assert len(data) < 300 * 1024


def test_the_readme_opens_with_the_result_and_the_gradebook():
    opening = (ROOT / "README.md").read_text("utf-8").split("\n## ")[0]

    assert "docs/pictures/result.png" in opening
    assert "docs/pictures/gradebook.png" in opening
