"""`course new` makes a course that works at once; `course diff` compares what is stored with a folder."""

from __future__ import annotations

import re
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from assignments.models import PackageVersion
from assignments.package import load_course
from tests.courses.makers import a_course


def said(*options: str) -> str:
    out = StringIO()
    call_command("course", *options, stdout=out)
    return out.getvalue()


def test_a_new_course_is_the_template_and_its_editors_find_the_schema(tmp_path):
    told = said("new", str(tmp_path / "stats"))

    assert [one.slug for one in load_course(tmp_path / "stats").assignments] == ["quiz", "spread"]
    assert told.splitlines()[-1].endswith(f"manage.py course check {tmp_path / 'stats'}")
    for file in tmp_path.rglob("*.yaml"):
        for schema in re.findall(r"yaml-language-server: \$schema=(\S+)", file.read_text("utf-8")):
            assert (file.parent / schema).resolve().is_file()


def test_a_folder_that_is_there_is_left_alone(tmp_path):
    with pytest.raises(CommandError, match="is there already"):
        said("new", str(tmp_path))


@pytest.mark.django_db
def test_what_is_stored_is_compared_with_a_folder_and_with_an_older_version(tmp_path, settings):
    settings.GRADER_HOME = str(tmp_path / "home")
    folder = a_course(tmp_path)
    call_command("course_load", str(folder), stdout=StringIO())
    first = PackageVersion.objects.get()

    assert said("diff", "stored:toy", str(folder)) == "Nothing changed for students.\n"

    file = folder / "1" / "assignment.yaml"
    file.write_text(file.read_text("utf-8").replace("points: 2", "points: 3"), "utf-8")
    assert said("diff", "stored:toy/1", str(folder / "1")).splitlines()[0] == "1.2: points: 2 → 3."
    call_command("course_load", str(folder), stdout=StringIO())
    assert "1.2: points: 2 → 3." in said("diff", first.public_id, "stored:toy/1")


@pytest.mark.django_db
@pytest.mark.parametrize("side", ["stored:nothing", "ver_nothing", "/no/such/folder"])
def test_a_side_that_is_not_there_is_told(tmp_path, side):
    with pytest.raises(CommandError) as told:
        said("diff", side, str(a_course(tmp_path)))

    assert told.value.returncode == 2
    assert side.partition(":")[2] in str(told.value)
