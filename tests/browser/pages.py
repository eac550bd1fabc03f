"""The pages of the class of states: (name, whose, address). Whatever a room adds to the site is listed here once, and is then
pictured, looked over by axe, tried at 320 pixels, without JavaScript, in both languages and both themes. Those that only a form
leads to are in `posted.py`.
"""

from __future__ import annotations

from django.contrib.auth.tokens import default_token_generator
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from grader.accounts.models import Section, User
from grader.gradebook.models import Grade, Regrade, Review
from grader.submissions.models import Submission
from tests.browser.course_pages import course_pages
from tests.browser.lms_pages import lms_pages
from tests.browser.posted import STEPS
from tests.pages.world import World

Pages = list[tuple[str, str | None, str]]


def pages_of(world: World) -> Pages:
    opened: Pages = [
        *_strangers(world),
        *_student(world),
        *_teacher(world),
        *_course(world),
        *course_pages(world),
        *lms_pages(world),
        ("api-tokens", "vera", reverse("api-tokens")),
        ("api-docs", None, reverse("api-docs")),
        ("api-problems", None, reverse("api-problems")),
        ("not-found", "anna", "/nowhere/"),
    ]
    begins = {name: (person, path) for name, person, path in opened}
    return opened + [(name, *begins[begin]) for name, (begin, _step) in STEPS.items()]


def _strangers(world: World) -> Pages:
    user = User.objects.get(username="student7")  # never logs in: that would end the link
    link = reverse("password_set", args=[urlsafe_base64_encode(force_bytes(user.pk)), default_token_generator.make_token(user)])
    return [
        ("login", None, "/login/"),
        ("join-closed", None, reverse("join", args=["closed"])),
        ("join-stranger", None, reverse("join", args=[_joined(world)])),
        ("password-forgotten", None, reverse("password_forgotten")),
        ("password-sent", None, reverse("password_sent")),
        ("password-set", None, link),
        ("password-set-old", None, link.replace(link.split("/")[-2], "old-token")),
    ]


def _student(world: World) -> Pages:
    shown = {name: submission.public_id for name, submission in world.shown.items()}
    return [
        ("home-student", "anna", "/"),
        ("join", "nobody", reverse("join", args=[_joined(world)])),
        ("home-nobody", "nobody", "/"),
        ("settings", "anna", reverse("settings")),
        ("password-change", "anna", reverse("password_change")),
        ("assignment", "anna", "/courses/zoo/everything/"),
        ("quiz", "anna", "/courses/zoo/quiz/"),
        *((f"dl2-{slug}", "anna", f"/courses/dl2/{slug}/") for slug in (3, 4, 13, 15)),
        ("live-queued-own", "student4", f"/submissions/{shown['queued']}/"),
        ("result-mixed", "anna", f"/results/{shown['graded']}/"),
        ("result-full", "boris", f"/results/{shown['full']}/"),
        ("executed-waiting", "anna", reverse("results:executed", args=[shown["graded"]])),
        ("patterns", "anna", reverse("patterns")),
        ("mail", "anna", reverse("dev_mail")),
    ]


def _joined(world: World) -> str:
    """The code of a section that anybody may join."""
    section, _made = Section.objects.get_or_create(course=world.course, name="M-101", join_code="zoo-join-code")
    return section.join_code


def _teacher(world: World) -> Pages:
    shown = {name: submission.public_id for name, submission in world.shown.items()}
    results = ("graded", "broken", "not_judged", "quarantined")
    return [
        ("home-teacher", "vera", "/"),
        ("assignment-teacher", "vera", "/courses/zoo/everything/"),
        ("live-queued", "vera", f"/submissions/{shown['queued']}/"),
        ("live-running", "vera", f"/submissions/{shown['running']}/"),
        *((f"result-{name}", "vera", f"/results/{shown[name]}/") for name in results),
        ("detail", "vera", reverse("gradebook:detail", args=["zoo", shown["graded"]])),
        ("gradebook", "vera", reverse("gradebook:course", args=["zoo"])),
        ("gradebook-nobody", "vera", reverse("gradebook:course", args=["zoo"]) + "?name=zzz"),
        ("gradebook-empty", "dina", reverse("gradebook:course", args=["other"])),
        ("people", "vera", reverse("people:course", args=["zoo"])),
        ("people-add", "vera", reverse("people:add", args=["zoo"])),
        ("sections", "vera", reverse("people:sections", args=["zoo"])),
        ("policies", "vera", reverse("gradebook:policies", args=["zoo"])),
        ("policy", "vera", reverse("gradebook:policy", args=["zoo", "everything"])),
        ("regrades-none", "vera", reverse("gradebook:regrades", args=["zoo"])),
        ("reviews-none", "dina", reverse("gradebook:reviews", args=["other"])),
    ]


def _course(world: World) -> Pages:
    """DL-2 with a made-up class: what a teacher has before them."""
    in_dl2 = {"assignment__course__slug": "dl2"}
    review = Review.objects.filter(submission__assignment__course__slug="dl2", state=Review.State.OPEN).first()
    decided = Grade.objects.filter(overridden=True, **in_dl2).exclude(latest_submission="").first()
    regrade = Regrade.objects.filter(**in_dl2).first()
    report = Submission.objects.filter(assignment__slug="13", **in_dl2, state="graded").first()
    readme = Submission.objects.filter(student__username="anna", assignment__slug="13").first()
    student = User.objects.get(username="seed0001")
    assert review and decided and regrade and report and readme
    return [
        ("class-gradebook", "vera", reverse("gradebook:course", args=["dl2"])),
        ("class-import", "vera", reverse("gradebook:import", args=["dl2"])),
        ("class-cell", "vera", reverse("gradebook:cell", args=["dl2", student.public_id, "13"])),
        ("class-tasks", "vera", reverse("gradebook:tasks", args=["dl2"])),
        ("class-task", "vera", reverse("gradebook:task", args=["dl2", "13", "13.2"])),
        ("class-reviews", "vera", reverse("gradebook:reviews", args=["dl2"])),
        ("class-review", "vera", reverse("gradebook:review", args=["dl2", review.public_id])),
        ("class-reviews-decided", "vera", reverse("gradebook:reviews", args=["dl2"]) + "?show=decided"),
        ("class-policies", "vera", reverse("gradebook:policies", args=["dl2"])),
        ("class-detail", "vera", reverse("gradebook:detail", args=["dl2", decided.latest_submission])),
        ("class-result", "vera", reverse("results:show", args=[report.public_id])),
        ("readme-result", "anna", reverse("results:show", args=[readme.public_id])),
        ("class-regrades", "vera", reverse("gradebook:regrades", args=["dl2"])),
        ("class-regrade", "vera", reverse("gradebook:regrade", args=[regrade.public_id])),
        ("class-people", "vera", reverse("people:course", args=["dl2"])),
        ("class-person", "vera", reverse("people:member", args=["dl2", student.public_id])),
        ("class-person-remove", "vera", reverse("people:remove", args=["dl2", student.public_id])),
        ("class-extensions", "vera", reverse("gradebook:extensions", args=["dl2", student.public_id])),
    ]
