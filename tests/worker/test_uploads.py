"""An uploaded course is proved by a worker in real sandboxes, a case at a time, however often it is stopped."""

from __future__ import annotations

import secrets
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.db.models.functions import Now

from assignments.models import CourseUpload
from assignments.publishing import upload_store
from grader.catalogue import say
from grader.catalogue.values import unpacked
from grader.courses.services import upload_check_start, upload_check_stop
from tests.factories import Cast, a_cast, a_course_folder, a_notebook
from worker import uploads
from worker.uploads import look, upload_check_step

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("warm_settings")]


@pytest.fixture
def rung(monkeypatch) -> list[int]:
    """For which uploads a bell was rung."""
    bells: list[int] = []
    monkeypatch.setattr(uploads, "ring_course_check", bells.append)
    return bells


def a_good_course(folder: Path) -> Path:
    course = a_course_folder(folder)
    (course / "lab" / "reference.answers.json").write_text('{"2.1": "50"}', "utf-8")
    for name in ("starter", "reference"):  # what another test found is not known of these
        (course / "lab" / f"{name}.ipynb").write_bytes(a_notebook(f"{secrets.randbits(60)}"))
    return course


def an_upload(cast: Cast, folder: Path, *, reference: str = "") -> CourseUpload:
    course = a_good_course(folder)
    if reference:
        (course / "lab" / "reference.ipynb").write_bytes(a_notebook(reference))
    upload = upload_store(course, by=cast.teacher)
    assert upload_check_start(upload, mutants=False)
    return upload


def proved(upload: CourseUpload) -> CourseUpload:
    for _ in range(20):
        if not upload_check_step(upload.pk):
            break
    upload.refresh_from_db()
    return upload


def test_a_good_course_is_proved_and_the_report_says_so(tmp_path):
    upload = proved(an_upload(a_cast(), tmp_path))

    assert (upload.check_state, upload.check_problems, upload.check_trouble) == ("done", [], "")
    assert upload.check_done == upload.check_total > 0
    assert upload.check_line.endswith("every reference earns full points, every starter less.")
    assert upload.check_report.startswith("# `small` proved")


def test_one_case_is_tried_at_a_time_and_what_was_found_is_kept(tmp_path):
    upload = an_upload(a_cast(), tmp_path)

    assert upload_check_step(upload.pk)
    upload.refresh_from_db()
    assert (upload.check_state, upload.check_done) == ("waiting", 1)
    assert upload_check_stop(upload)
    assert not upload_check_step(upload.pk)

    assert upload_check_start(upload, mutants=False)
    upload_check_step(upload.pk)
    upload.refresh_from_db()
    assert upload.check_done == 2  # the first was not tried again


def test_a_weak_course_is_found_out(tmp_path):
    cast = a_cast()
    folder = a_good_course(tmp_path)
    text = (folder / "quiz" / "assignment.yaml").read_text("utf-8")
    (folder / "quiz" / "assignment.yaml").write_text(
        text.replace("{kind: number, equals: 50, points: 2}", "{kind: number, at_least: 0, points: 2}"), "utf-8"
    )
    upload = upload_store(folder, by=cast.teacher)
    upload_check_start(upload, mutants=False)

    upload = proved(upload)

    assert upload.check_state == "done"
    assert any("1.2" in say(unpacked(problem), "en") for problem in upload.check_problems)


def test_a_program_of_the_package_is_not_run(tmp_path):
    cast = a_cast()
    folder = a_good_course(tmp_path)
    mark = tmp_path / "it-ran"
    (folder / "lab" / "proofs").mkdir()
    (folder / "lab" / "proofs" / "evil.py").write_text(f"open({str(mark)!r}, 'w')", "utf-8")
    upload = upload_store(folder, by=cast.teacher)
    upload_check_start(upload, mutants=False)

    assert proved(upload).check_state == "done"
    assert not mark.exists()


def test_a_hostile_reference_gets_no_further_than_a_students_notebook(tmp_path):
    mark = tmp_path / "it-was-here"
    hostile = f"import os\nopen({str(mark)!r}, 'w')"

    upload = proved(an_upload(a_cast(), tmp_path, reference=hostile))

    assert upload.check_state == "done"
    assert not mark.exists()


def test_only_one_worker_is_at_it(tmp_path, rung):
    upload = an_upload(a_cast(), tmp_path)
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s, %s)", [uploads._LOCKS, upload.pk])

        assert not upload_check_step(upload.pk)
        upload.refresh_from_db()
        assert (upload.check_state, upload.check_done) == ("waiting", 0)
    finally:
        other.close()  # as when the worker that held it is killed


def test_a_check_that_nobody_is_at_is_rung_for_again(tmp_path, rung):
    upload = an_upload(a_cast(), tmp_path)
    look()
    assert rung == []  # it was heard of just now

    CourseUpload.objects.update(checked_at=Now() - timedelta(hours=1))
    look()
    look()

    assert rung == [upload.pk]


def test_our_own_trouble_is_told_and_it_can_go_on(tmp_path, monkeypatch):
    upload = an_upload(a_cast(), tmp_path)
    monkeypatch.setattr(uploads, "in_a_sandbox", lambda *_: "EngineError: no sandbox today")

    assert not upload_check_step(upload.pk)
    upload.refresh_from_db()
    assert (upload.check_state, "no sandbox today" in upload.check_trouble) == ("stopped", True)

    monkeypatch.undo()
    assert upload_check_start(upload, mutants=False)
    assert proved(upload).check_state == "done"
