"""What is said of a course's files, of a change and of a proof is Russian on a Russian page, and English on an English one."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from assignments.models import CourseUpload
from grader.catalogue.values import packed, told
from tests.assignments.sending import a_zip, at, changed, published, sent, uploaded
from tests.courses.makers import ASSIGNMENT

pytestmark = pytest.mark.django_db


def sentences(page: str, tag: str) -> list[str]:
    """The items of a page's lists in which a package, a change or a proof is spoken of."""
    items = re.findall(r"<li(?: [^>]*)?>(.*?)</li>", page, re.DOTALL)
    return [html.unescape(re.sub(r"<[^>]+>", "", one)).strip() for one in items if f"<{tag}>" in one or not tag]


def english(sentence: str) -> bool:
    """Whether three words of plain English follow one another; names of files, settings and checks stand alone."""
    return re.search(r"\b[A-Za-z]{2,} [a-z]{2,} [a-z]{2,}\b", sentence) is not None


def wrong(folder: Path) -> Path:
    """A course with some of everything that can be wrong."""
    changed(folder, "kind: number, equals", "kind: nmber, equals")
    (folder / "quiz" / "en.md").unlink()
    (folder / "lab" / "reference.ipynb").write_text("{}")
    (folder / "lab" / "exceptions.yaml").write_text("- {exception: E, says: '(', ru: а, en: a}\n")
    (folder / "third").mkdir()
    (folder / "third" / "assignment.yaml").write_text(
        ASSIGNMENT.replace("points: 2", "points: two").replace("right: a", "rihgt: a")
    )
    (folder / "course.yaml").write_text("title: {ru: A, en: B}\nassignments: [quiz, lab, third, forth]\n", "utf-8")
    return folder


def test_what_is_wrong_with_a_folder(cast, folder):
    package = a_zip(wrong(folder)).read()

    told_to = {}
    for language in ("ru", "en"):
        file = SimpleUploadedFile("course.zip", package)
        answer = at(cast.teacher, language).post("/courses/small/package/upload/", {"package": file})
        assert answer.status_code == 422
        told_to[language] = sentences(answer.text, "code")

    assert len(told_to["ru"]) == len(told_to["en"]) >= 7
    assert [one for one in told_to["ru"] if english(one)] == []
    assert len([one for one in told_to["en"] if english(one)]) >= 7
    assert "quiz/en.md:1: Файла нет. В нём тексты на языке en: для каждой задачи раздел `## 1.1 …`." in told_to["ru"]


def test_what_a_change_means_for_students(cast, folder):
    upload = uploaded(cast, changed(folder, "points: 2", "points: 3"))
    address = f"/courses/small/package/uploads/{upload.public_id}/"

    page = {language: at(cast.teacher, language).get(address).text for language in ("ru", "en")}

    assert "1.2: баллы: 2 → 3." in page["ru"]
    assert "1.2: points: 2 → 3." in page["en"]
    assert [one for one in sentences(page["ru"], "") if english(one)] == []


def test_what_bringing_it_back_would_change(cast, folder):
    first = cast.course.publications.earliest("id")
    published(cast, uploaded(cast, changed(folder, "points: 2", "points: 3")))

    page = at(cast.teacher, "ru").get(f"/courses/small/package/history/{first.public_id}/").text

    assert "1.2: баллы: 3 → 2." in page


def test_what_a_proof_found(cast, folder):
    sent(cast.teacher, changed(folder))
    upload = CourseUpload.objects.latest("id")
    found = told("proof.not_full", slug="lab", case=told("part.reference"), points="1", most="2", lost="2.1 number.wrong")
    old = "lab: reference earns 1 of 2"
    CourseUpload.objects.filter(pk=upload.pk).update(check_state="done", check_problems=[packed(found), old])

    page = at(cast.teacher, "ru").get(f"/courses/small/package/uploads/{upload.public_id}/").text

    assert "lab: эталон (reference): баллов 1 из 2 (2.1 number.wrong)." in page
    assert old in page  # kept before there were codes
