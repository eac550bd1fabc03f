"""Pages of a course's files in every state: uploads and their proof, the way back, try-outs; and accepting an answer."""

from __future__ import annotations

from django.urls import reverse

from assignments.models import CourseUpload, Publication
from assignments.publishing import upload_store
from grader.courses.services import try_out, upload_check_start
from grader.submissions.models import Submission
from tests.pages.world import NOTEBOOK, ZOO, World

REPORT = "# `zoo` proved\n\n| assignment | tasks |\n| --- | --- |\n| everything | 1.1, 1.2 |\n"


def course_pages(world: World) -> list[tuple[str, str | None, str]]:
    states = ("none", "waiting", "done", "stopped")
    uploads = {state: upload_store(ZOO, by=world.teacher, file_name="zoo.zip") for state in states}
    for state in states[1:]:
        upload_check_start(uploads[state], mutants=True)
    _now(uploads["waiting"], check_done=13, check_total=40, check_line="everything reference, seed 1: 6 / 6")
    _now(uploads["done"], check_state="done", check_problems=["quiz: reference earns 0 of 3"], check_report=REPORT)
    _now(uploads["stopped"], check_state="stopped", check_trouble="EngineError: no sandbox can be made")
    version = world.quiz.current_version
    everything = world.everything.current_version
    assert version and everything
    typed = try_out(version=version, notebook=None, answers={"2.1": "yes"}, by=world.teacher)
    waits = try_out(version=everything, notebook=NOTEBOOK, notebook_name="mine.ipynb", answers={}, by=world.teacher)
    earliest = Publication.objects.filter(course=world.course).earliest("id")
    graded = world.shown["graded"]
    assert isinstance(graded, Submission)
    return [
        ("course-new", "root", reverse("courses:new")),
        ("course-files", "vera", reverse("courses:show", args=["zoo"])),
        *((f"upload-{name}", "vera", reverse("courses:uploaded", args=["zoo", one.public_id])) for name, one in uploads.items()),
        ("course-restore", "vera", reverse("courses:restore", args=["zoo", earliest.public_id])),
        ("try", "vera", reverse("courses:try", args=["zoo", everything.public_id])),
        ("tried", "vera", reverse("courses:tried", args=[typed.public_id])),
        ("tried-waiting", "vera", reverse("courses:tried", args=[waits.public_id])),
        ("accept", "vera", reverse("gradebook:accept", args=[graded.public_id, "1.5"])),
        ("accept-not", "vera", reverse("gradebook:accept", args=[graded.public_id, "1.2"])),
        ("regrade-form", "vera", reverse("gradebook:regrades", args=["zoo"]) + "?assignment=everything&task=1.5&answer=Adam"),
    ]


def _now(upload: CourseUpload, **fields: object) -> None:
    CourseUpload.objects.filter(pk=upload.pk).update(**fields)
