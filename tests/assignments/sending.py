"""A course sent through the browser, for the tests of it."""

from __future__ import annotations

from pathlib import Path

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from assignments.models import Assignment, CourseUpload, Publication
from assignments.package.zipped import zip_course
from grader.accounts.models import User
from tests.factories import Cast

ROLES = [("student", 404), ("classmate", 404), ("assistant", 404), ("other_teacher", 404), ("teacher", 200), ("admin", 200)]


def at(user: User, language: str = "en") -> Client:
    client = Client()
    client.force_login(user)
    client.cookies.load({"django_language": language})
    return client


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
