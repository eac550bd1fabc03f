"""What a course's students get, changed in the browser: looked at, published, brought back; and by whom it may be."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, transaction

from assignments.models import Assignment, Course, CourseUpload, Publication
from grader.submissions.models import Run
from tests.assignments.sending import ROLES, a_zip, at, changed, current, published, uploaded
from tests.factories import a_submission

pytestmark = pytest.mark.django_db


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


def test_an_attempt_limit_set_by_hand_stays_unless_the_package_says_something_new(cast, folder):
    Assignment.objects.filter(course__slug="small", slug="quiz").update(attempts_allowed=7)
    published(cast, uploaded(cast, changed(folder)))
    assert Assignment.objects.get(course__slug="small", slug="quiz").attempts_allowed == 7

    changed(folder, "notebook: none", "notebook: none\nattempts: 2")
    published(cast, uploaded(cast, folder))

    assert Assignment.objects.get(course__slug="small", slug="quiz").attempts_allowed == 2
