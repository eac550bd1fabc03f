"""An assignment tried by its teacher: on typed answers at once, on a notebook by a worker; nobody's attempt."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from assignments.models import CourseUpload
from grader.submissions.models import Run, Submission
from tests.assignments.sending import ROLES, a_zip, at, changed, current
from tests.factories import a_notebook

pytestmark = pytest.mark.django_db


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
