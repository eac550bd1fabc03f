"""docs/how-to/write-a-course.md, done as it says: each command in its order, and the page's own example added."""

from __future__ import annotations

import re
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs/how-to/write-a-course.md").read_text("utf-8")
COMMANDS = re.findall(r"^python3 manage\.py (.+)$", PAGE, re.M)


def run(command: str) -> str:
    out = StringIO()
    call_command(*command.split(), stdout=out)
    return out.getvalue()


@pytest.mark.slow
@pytest.mark.django_db
def test_a_teacher_who_follows_the_page_has_a_proved_and_loaded_course(tmp_path, monkeypatch, warm_settings):
    monkeypatch.chdir(tmp_path)
    new, check, load, diff = COMMANDS

    run(new)
    example = re.search(r'^```yaml\n(  - id: "1\.7".*?)^```', PAGE, re.M | re.S)
    assert example
    quiz = tmp_path / "my-course/quiz"
    for name, more in (
        ("assignment.yaml", "\n" + example[1]),
        ("ru.md", "\n## 1.7 Четверть\n\nЧему равна четверть?\n"),
        ("en.md", "\n## 1.7 A quarter\n\nHow much is a quarter?\n"),
    ):
        (quiz / name).write_text((quiz / name).read_text("utf-8") + more, "utf-8")

    assert run(check).splitlines()[-1] == "8 tasks: every reference earns full points, every starter less."
    assert run(load).splitlines() == [
        "my-course/quiz: new version",
        "my-course/spread: new version",
        "my-course: 2 new or changed, 0 as before.",
    ]
    assert run(diff) == "Nothing changed for students.\n"

    (quiz / "assignment.yaml").write_text(
        (quiz / "assignment.yaml").read_text("utf-8").replace("at_most: 0.26", "at_most: 0.25"), "utf-8"
    )
    assert run(diff) == "quiz: 1.7: number, at_most: 0.26 → 0.25.\n"


def test_the_page_names_the_commands_in_this_order():
    assert [command.split()[:2] for command in COMMANDS] == [
        ["course", "new"], ["course", "check"], ["course_load", "my-course"], ["course", "diff"],
    ]  # fmt: skip


def test_every_file_that_the_page_speaks_of_is_there():
    template = ROOT / "assignments/courses/template"

    assert [path for path in re.findall(r"`(quiz/[\w./]+)`", PAGE) if not (template / path).is_file()] == []
    assert [link for link in re.findall(r"\]\(([\w./-]+\.md)", PAGE) if not (ROOT / "docs/how-to" / link).is_file()] == []
