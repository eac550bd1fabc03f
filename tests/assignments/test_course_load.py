from __future__ import annotations

import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import ProgrammingError, connection, transaction
from django.utils import timezone

from assignments.models import Assignment, PackageVersion
from assignments.queries import package_of
from assignments.services import course_load, package_materialise
from grader import blobs
from local.paths import ROOT
from manage import about_the_database
from tests.factories import Cast, a_course_folder


def test_a_course_becomes_assignments_with_a_version_each(db: None, tmp_path: Path):
    loaded = course_load(a_course_folder(tmp_path))

    quiz, lab = Assignment.objects.order_by("position")
    assert (loaded.changed, loaded.unchanged) == (("quiz", "lab"), ())
    assert (quiz.slug, quiz.needs_worker, quiz.max_score, quiz.title["en"]) == ("quiz", False, 3, "Questions")
    assert (lab.slug, lab.needs_worker, lab.device) == ("lab", True, "cpu")
    assert PackageVersion.objects.count() == 2


def test_unchanged_content_makes_no_new_version_and_leaves_what_an_admin_set(db: None, tmp_path: Path):
    folder = a_course_folder(tmp_path)
    course_load(folder)
    Assignment.objects.filter(slug="lab").update(attempts_allowed=2, due_at=timezone.now())

    loaded = course_load(folder)

    assert loaded.unchanged == ("quiz", "lab")
    assert PackageVersion.objects.count() == 2
    assert Assignment.objects.get(slug="lab").attempts_allowed == 2


def test_changed_content_is_a_new_version_and_the_old_one_stays(db: None, tmp_path: Path):
    folder = a_course_folder(tmp_path)
    course_load(folder)
    old = Assignment.objects.get(slug="quiz").current_version
    declared = folder / "quiz" / "assignment.yaml"
    asked = declared.read_text(encoding="utf-8").replace("equals: 50, points: 2", "equals: 51, points: 4")
    declared.write_text(asked, encoding="utf-8")

    loaded = course_load(folder)

    quiz = Assignment.objects.get(slug="quiz")
    assert loaded.changed == ("quiz",)
    assert quiz.max_score == 5
    assert old is not None
    assert quiz.current_version is not None
    assert (package_of(old).max_score, package_of(quiz.current_version).max_score) == (3, 5)


def test_a_version_is_put_on_this_machine_from_its_blob_by_eight_workers_at_once(cast: Cast, settings: Any):
    version = cast.lab.current_version
    assert version is not None
    shutil.rmtree(Path(settings.GRADER_HOME) / "packages", ignore_errors=True)

    with ThreadPoolExecutor(8) as pool:
        folders = set(pool.map(lambda _: package_materialise(version.digest, "lab"), range(8)))

    (folder,) = folders
    assert (folder / "starter.ipynb").is_file()
    assert [kept.name for kept in (Path(settings.GRADER_HOME) / "packages").iterdir()] == [version.digest]


def test_an_assignment_whose_folder_was_renamed_is_read_under_its_new_name_and_its_old(db: None, tmp_path: Path):
    folder = a_course_folder(tmp_path)
    course_load(folder)
    (folder / "lab").rename(folder / "lab-2")
    declared = folder / "course.yaml"
    declared.write_text(declared.read_text(encoding="utf-8").replace("lab]", "lab-2]"), encoding="utf-8")
    course_load(folder)

    old, new = (Assignment.objects.get(slug=slug).current_version for slug in ("lab", "lab-2"))
    assert old is not None
    assert new is not None
    assert old.digest == new.digest
    for version in (old, new):
        assert package_of(version).slug == version.assignment.slug
        assert package_materialise(version.digest, version.assignment.slug).name == version.assignment.slug


def test_a_version_whose_blob_is_lost_is_our_trouble_told_by_name(cast: Cast):
    with pytest.raises(blobs.BlobMissing):
        package_materialise("1" * 64, "lab")


def test_the_command_says_what_is_new(db: None, tmp_path: Path):
    folder = a_course_folder(tmp_path)
    first, second = StringIO(), StringIO()
    call_command("course_load", folder, stdout=first)
    call_command("course_load", folder, stdout=second)

    assert "small/quiz: new version" in first.getvalue()
    assert second.getvalue() == "small: 0 new or changed, 2 as before.\n"


def test_a_course_with_mistakes_is_not_loaded_and_all_of_them_are_said(db: None, tmp_path: Path):
    folder = a_course_folder(tmp_path)
    for name in ("quiz", "lab"):
        declared = folder / name / "assignment.yaml"
        declared.write_text(declared.read_text(encoding="utf-8") + "surprise: 1\n", encoding="utf-8")

    with pytest.raises(CommandError) as caught:
        call_command("course_load", folder)

    assert "quiz/assignment.yaml:" in str(caught.value)
    assert "lab/assignment.yaml:" in str(caught.value)
    assert not Assignment.objects.exists()


def test_without_a_database_a_command_says_what_to_do_and_shows_no_traceback(tmp_path: Path):
    env = {**os.environ, "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"}
    argv = [sys.executable, "manage.py", "course_load", str(a_course_folder(tmp_path))]

    done = subprocess.run(argv, env=env, cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert "There is no database" in done.stderr
    assert "DATABASE_URL" in done.stderr
    assert "Traceback" not in done.stderr


def test_without_tables_a_command_says_what_to_do(db: None):
    with pytest.raises(ProgrammingError) as caught, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT * FROM table_of_tomorrow")

    assert "manage.py migrate" in about_the_database(caught.value)
    assert about_the_database(ValueError("something else")) == ""
