"""A course's folder as somebody sends it: all that is wrong with it is told, and nothing of it is run, believed or kept."""

from __future__ import annotations

import io
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from assignments.models import CourseUpload
from tests.assignments.sending import a_zip, at, changed, current, published, sent, uploaded

pytestmark = pytest.mark.django_db


def test_all_that_is_wrong_is_listed_with_file_and_line_and_nothing_is_kept(cast, folder):
    changed(folder, "kind: number, equals", "kind: nmber, equals")
    (folder / "quiz" / "en.md").unlink()

    answer = sent(cast.teacher, folder)

    assert answer.status_code == 422
    assert "quiz/assignment.yaml:15: There is no check kind &quot;nmber&quot;. Did you mean &quot;number&quot;?" in answer.text
    assert "quiz/en.md:1: The file is missing" in answer.text
    assert str(folder.parent) not in answer.text and "course-" not in answer.text
    assert CourseUpload.objects.count() == 0


def evil(*files: tuple[str, bytes]) -> SimpleUploadedFile:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files:
            archive.writestr(name, content)
    return SimpleUploadedFile("evil.zip", buffer.getvalue())


@pytest.mark.parametrize(
    ("file", "said"),
    [
        (evil(("../../x", b"")), "leads out of the folder"),
        (evil(("course.yaml", b"x"), ("a", b"\0" * (32 << 20))), "200 times its size"),
        (SimpleUploadedFile("x.zip", b"no zip"), "not a zip that can be read"),
        (SimpleUploadedFile("x.zip", b"\0" * (11 << 20)), "larger than 10 MB"),
        (None, "Choose a zip"),
    ],
)
def test_a_zip_that_is_none_or_hostile_is_refused_in_words(cast, file, said):
    answer = at(cast.teacher).post("/courses/small/package/upload/", {"package": file} if file else {})

    assert answer.status_code == 422
    assert said in answer.text
    assert CourseUpload.objects.count() == 0


def test_a_program_in_it_is_kept_and_not_run(cast, folder, tmp_path):
    (folder / "quiz" / "proofs").mkdir()
    mark = tmp_path / "it-ran"
    (folder / "quiz" / "proofs" / "evil.py").write_text(f"open({str(mark)!r}, 'w')\n", "utf-8")
    for name in ("conftest.py", "__init__.py", "setup.py", "sitecustomize.py"):
        (folder / "quiz" / name).write_text(f"open({str(mark)!r}, 'w')\n", "utf-8")

    published(cast, uploaded(cast, folder))
    at(cast.teacher).get("/courses/small/quiz/")

    assert not mark.exists()


def test_hostile_texts_are_shown_as_text(cast, folder):
    file = folder / "quiz" / "en.md"
    file.write_text(file.read_text("utf-8") + "\n<script>alert(1)</script>\n", "utf-8")
    (folder / "course.yaml").write_text("title: {ru: A, en: '<img src=x onerror=alert(1)>'}\nassignments: [quiz]\n", "utf-8")

    upload = uploaded(cast, folder)
    page = at(cast.teacher).get(f"/courses/small/package/uploads/{upload.public_id}/").text
    published(cast, upload)
    shown = at(cast.teacher).get("/courses/small/quiz/").text

    for text in (page, shown):
        assert "<script>alert" not in text
        assert "<img src=x" not in text


def test_what_students_get_can_be_taken_home_and_sent_again(cast):
    answer = at(cast.teacher).get("/courses/small/package/files.zip")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="small.zip"'
    before = current()

    again = at(cast.teacher).post("/courses/small/package/upload/", {"package": SimpleUploadedFile("small.zip", answer.content)})
    assert again.status_code == 302
    upload = CourseUpload.objects.latest("id")

    assert dict(upload.versions)["quiz"] == before


def test_a_check_is_started_once_and_stopped(cast, folder):
    upload = uploaded(cast, changed(folder))
    teacher = at(cast.teacher)
    address = f"/courses/small/package/uploads/{upload.public_id}/"

    teacher.post(f"{address}check/", {"mutants": "1"})
    upload.refresh_from_db()
    assert (upload.check_state, upload.check_mutants) == ("waiting", True)
    assert 'hx-trigger="every 3s"' in teacher.get(address).text

    teacher.post(f"{address}check/", {"stop": "1"})
    upload.refresh_from_db()
    assert upload.check_state == "stopped"


@pytest.mark.parametrize(
    ("slug", "said"), [("Bad Name", "short name"), ("new", "short name"), ("small", "There is a course of this name already")]
)
def test_a_name_that_will_not_do_is_refused(cast, folder, slug, said):
    answer = at(cast.admin).post("/courses/new/", {"slug": slug, "package": a_zip(folder)})

    assert answer.status_code == 422
    assert said in answer.text
