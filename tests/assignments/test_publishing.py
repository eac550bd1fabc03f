"""What a course's students get, changed in the browser: sent, looked at, published, brought back; and by whom it may be."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, transaction
from django.test import Client

from assignments.models import Assignment, Course, CourseUpload, Publication
from assignments.package.zipped import zip_course
from grader.submissions.models import Run, Submission
from tests.factories import Cast, a_course_folder, a_notebook, a_submission

pytestmark = pytest.mark.django_db


def at(user) -> Client:
    client = Client()
    client.force_login(user)
    client.cookies.load({"django_language": "en"})
    return client


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The small course as it is stored."""
    return a_course_folder(tmp_path)


def changed(folder: Path, old: str = "equals: 50", new: str = "equals: 60") -> Path:
    file = folder / "quiz" / "assignment.yaml"
    file.write_text(file.read_text("utf-8").replace(old, new), "utf-8")
    return folder


def a_zip(folder: Path) -> SimpleUploadedFile:
    return SimpleUploadedFile("course.zip", zip_course(folder), "application/zip")


def sent(user, folder: Path):
    return at(user).post("/courses/small/package/upload/", {"package": a_zip(folder)})


def uploaded(cast: Cast, folder: Path) -> CourseUpload:
    answer = sent(cast.teacher, folder)
    upload = CourseUpload.objects.latest("id")
    assert answer.headers["Location"] == f"/courses/small/package/uploads/{upload.public_id}/"
    return upload


def published(cast: Cast, upload: CourseUpload) -> Publication:
    newest = Publication.objects.order_by("-id").values_list("pk", flat=True).first() or 0
    at(cast.teacher).post(f"/courses/small/package/uploads/{upload.public_id}/publish/", {"seen": newest})
    return Publication.objects.latest("id")


def current(slug: str = "quiz") -> str:
    version = Assignment.objects.select_related("current_version").get(course__slug="small", slug=slug).current_version
    assert version is not None
    return version.public_id


ROLES = [("student", 404), ("classmate", 404), ("assistant", 404), ("other_teacher", 404), ("teacher", 200), ("admin", 200)]


@pytest.mark.parametrize(("who", "status"), ROLES)
def test_a_course_is_changed_by_those_who_decide_in_it(cast, folder, who, status):
    upload = uploaded(cast, changed(folder))
    earlier = Publication.objects.earliest("id")
    client = at(getattr(cast, who))
    base = f"/courses/small/package/uploads/{upload.public_id}/"

    for address in (
        "/courses/small/package/",
        base,
        "/courses/small/package/files.zip",
        f"/courses/small/package/history/{earlier.public_id}/",
        f"/courses/small/package/try/{current()}/",
    ):
        assert client.get(address).status_code == status, address  # fmt: skip
    before = current()
    answers = [
        client.post("/courses/small/package/upload/", {"package": a_zip(folder)}),
        client.post(f"{base}check/", {}),
        client.post(f"{base}publish/", {"seen": Publication.objects.latest("id").pk}),
        client.post(f"/courses/small/package/try/{before}/", {"answer-1.2": "50"}),
    ]
    assert [one.status_code for one in answers] == [302 if status == 200 else 404] * 4
    assert (current() != before) is (status == 200)
    assert Run.objects.filter(purpose="try_out").exists() is (status == 200)


@pytest.mark.parametrize("who", ["student", "assistant", "teacher", "other_teacher"])
def test_only_the_admin_adds_a_course(cast, folder, who):
    client = at(getattr(cast, who))

    assert client.get("/courses/new/").status_code == 404
    assert client.post("/courses/new/", {"slug": "fresh", "package": a_zip(folder)}).status_code == 404
    assert not Course.objects.filter(slug="fresh").exists()


def test_a_new_course_is_seen_by_nobody_before_it_is_published(cast, folder):
    admin = at(cast.admin)
    assert admin.get("/courses/new/").status_code == 200

    answer = admin.post("/courses/new/", {"slug": "fresh", "package": a_zip(folder)})
    upload = CourseUpload.objects.get(course__slug="fresh")
    assert answer.headers["Location"] == f"/courses/fresh/package/uploads/{upload.public_id}/"
    assert admin.get("/courses/fresh/quiz/").status_code == 404

    admin.post(f"/courses/fresh/package/uploads/{upload.public_id}/publish/", {"seen": "0"})
    assert admin.get("/courses/fresh/quiz/").status_code == 200
    assert [one.slug for one in Assignment.objects.filter(course__slug="fresh").order_by("position")] == ["quiz", "lab"]


@pytest.mark.parametrize(
    ("slug", "said"), [("Bad Name", "short name"), ("new", "short name"), ("small", "There is a course of this name already")]
)
def test_a_name_that_will_not_do_is_refused(cast, folder, slug, said):
    answer = at(cast.admin).post("/courses/new/", {"slug": slug, "package": a_zip(folder)})

    assert answer.status_code == 422
    assert said in answer.text


def test_what_is_sent_changes_nothing_until_it_is_published(cast, folder):
    before = current()

    upload = uploaded(cast, changed(folder))

    assert current() == before
    page = at(cast.teacher).get(f"/courses/small/package/uploads/{upload.public_id}/").text
    assert "1.2: number, equals: 50 → 60." in page
    published(cast, upload)
    assert current() != before


def test_the_history_says_who_when_and_what(cast, folder):
    upload = uploaded(cast, changed(folder))

    made = published(cast, upload)

    assert (made.cause, made.made_by, made.changed) == ("upload", cast.teacher, ["quiz"])
    upload.refresh_from_db()
    assert upload.publication == made
    page = at(cast.teacher).get("/courses/small/package/").text
    assert "loaded on the server" in page
    assert "course.zip" in page


def test_the_history_can_not_be_rewritten(cast):
    made = Publication.objects.latest("id")

    for change in (lambda: Publication.objects.update(note="x"), made.delete):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


def test_an_earlier_state_is_brought_back_and_the_history_goes_on(cast, folder):
    first, first_version = Publication.objects.latest("id"), current()
    published(cast, uploaded(cast, changed(folder)))
    teacher = at(cast.teacher)
    address = f"/courses/small/package/history/{first.public_id}/"
    assert "1.2: number, equals: 60 → 50." in teacher.get(address).text

    teacher.post(address, {"seen": Publication.objects.latest("id").pk, "note": "A slip"})

    assert current() == first_version
    newest = Publication.objects.latest("id")
    assert (newest.cause, newest.note, Publication.objects.count()) == ("rollback", "A slip", 3)


def test_who_was_slower_is_told_and_overwrites_nothing(cast, folder):
    mine = uploaded(cast, changed(folder))
    seen = Publication.objects.latest("id").pk
    theirs = published(cast, uploaded(cast, changed(folder, "equals: 60", "equals: 70")))

    answer = at(cast.teacher).post(f"/courses/small/package/uploads/{mine.public_id}/publish/", {"seen": seen}, follow=True)

    assert "Somebody else published meanwhile" in answer.text
    assert Publication.objects.latest("id") == theirs


def test_an_assignment_that_is_not_in_it_stays_with_its_work(cast, folder):
    a_submission(cast)
    (folder / "course.yaml").write_text("title: {ru: A, en: B}\nassignments: [quiz]\n", "utf-8")

    upload = uploaded(cast, folder)
    assert "stays as it is" in at(cast.teacher).get(f"/courses/small/package/uploads/{upload.public_id}/").text
    published(cast, upload)

    assert Assignment.objects.get(course__slug="small", slug="lab").current_version is not None


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


def test_an_attempt_limit_set_by_hand_stays_unless_the_package_says_something_new(cast, folder):
    Assignment.objects.filter(course__slug="small", slug="quiz").update(attempts_allowed=7)
    published(cast, uploaded(cast, changed(folder)))
    assert Assignment.objects.get(course__slug="small", slug="quiz").attempts_allowed == 7

    changed(folder, "notebook: none", "notebook: none\nattempts: 2")
    published(cast, uploaded(cast, folder))

    assert Assignment.objects.get(course__slug="small", slug="quiz").attempts_allowed == 2


def test_typed_answers_are_tried_at_once_and_are_nobodys_attempt(cast):
    answer = at(cast.teacher).post(f"/courses/small/package/try/{current()}/", {"answer-1.2": "50"})

    run = Run.objects.get(purpose="try_out")
    assert answer.headers["Location"] == f"/try-outs/{run.public_id}/"
    page = at(cast.teacher).get(f"/try-outs/{run.public_id}/").text
    assert run.score == 2 and "Second" not in page
    assert Submission.objects.count() == 0


@pytest.mark.parametrize(("who", "status"), ROLES)
def test_a_try_out_is_for_teachers_alone(cast, who, status):
    at(cast.teacher).post(f"/courses/small/package/try/{current()}/", {"answer-1.2": "50"})
    run = Run.objects.get(purpose="try_out")

    assert at(getattr(cast, who)).get(f"/try-outs/{run.public_id}/").status_code == status


def test_a_try_out_without_a_notebook_where_one_is_needed_says_so(cast):
    answer = at(cast.teacher).post(f"/courses/small/package/try/{current('lab')}/", {"answer-2.1": "50"})

    assert answer.status_code == 422
    assert "Not started" in answer.text


def test_a_version_of_another_course_can_not_be_tried_here(cast, folder):
    at(cast.admin).post("/courses/new/", {"slug": "fresh", "package": a_zip(changed(folder))})
    version = dict(CourseUpload.objects.get(course__slug="fresh").versions)["quiz"]

    assert at(cast.teacher).get(f"/courses/small/package/try/{version}/").status_code == 404


def test_a_notebook_waits_for_a_worker_and_the_page_asks(cast):
    file = SimpleUploadedFile("mine.ipynb", a_notebook("print(50)"))
    at(cast.teacher).post(f"/courses/small/package/try/{current('lab')}/", {"notebook": file})
    run = Run.objects.get(purpose="try_out")

    page = at(cast.teacher).get(f"/try-outs/{run.public_id}/").text

    assert 'hx-trigger="every 2s"' in page
    assert "No worker is running just now" in page


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
