"""The review queue, one review with its decision, and the student's side of it: asking, and taking the question back."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, cast
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from assignments.models import Assignment, Course
from grader.accounts.models import User
from grader.accounts.queries import courses_taught_by, may_manage
from grader.gradebook.decisions import OutOfRange, ReasonMissing
from grader.gradebook.models import Grade, Review
from grader.gradebook.points import points_read
from grader.gradebook.queries import TaskPoints, task_points
from grader.gradebook.review_queue import SHOWN, Show, review_queue, reviews_open_in, reviews_visible_to, waiting
from grader.gradebook.reviews import (
    Ended,
    Held,
    MayNotAsk,
    review_claim,
    review_decide,
    review_open,
    review_release,
    review_withdraw,
)
from grader.gradebook.said import said_of
from grader.gradebook.views.detail import run_of, task_shown
from grader.submissions.models import Submission
from grader.submissions.queries import submissions_visible_to
from grader.submissions.templatetags.words import number


@dataclass
class DecideForm:
    """What was typed, as it is shown again, and what is wrong with it."""

    keep: bool = True
    points: str = ""
    answer: str = ""
    problems: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, request: HttpRequest) -> DecideForm:
        given = request.POST
        return cls(given.get("keep") != "0", given.get("points", "").strip(), given.get("answer", "").strip())

    def read(self, now: TaskPoints | None) -> Decimal | None:
        """The points to give; None keeps what there is."""
        points = None if self.keep else points_read(self.points)
        if not self.keep and points is None:
            self.problems["points"] = _("Give the points as a number, such as 2.5 or 2,5.")
        elif points is not None and now and not now.points <= points <= now.most:
            self.problems["points"] = _out_of_range(now.points, now.most)
        if not self.answer:
            self.problems["answer"] = _("Write an answer: the student reads it.")
        return points


def _out_of_range(least: Decimal, most: Decimal) -> str:
    wanted = {"least": number(least), "most": number(most)}
    return _("Points must be between %(least)s and %(most)s: a review never lowers them.") % wanted


@login_required
@require_safe
@never_cache
def queue(request: HttpRequest, course: str) -> HttpResponse:
    """What waits, by age; what is mine; what was decided. Filters stay in the address."""
    user = cast(User, request.user)
    found = _course(user, course)
    show, slug = _filters(request)
    asked_of = Assignment.objects.filter(course=found, current_version__isnull=False)
    context = {
        "course": found,
        "manages": may_manage(user, found),
        "rows": review_queue(user, found, show=show, assignment=slug),
        "show": show,
        "slug": slug,
        "assignments": asked_of.order_by("position", "slug"),
        "open_now": reviews_open_in(user, found),
        "kept": _kept(show, slug),
        "most": SHOWN,
    }
    return render(request, "gradebook/reviews.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def review(request: HttpRequest, course: str, public_id: str) -> HttpResponse:
    """One review: what the student did and asks, and the form that decides. A POST takes it, gives it back or decides."""
    user = cast(User, request.user)
    found = _course(user, course)
    row = get_object_or_404(reviews_visible_to(user, found), public_id=public_id)
    form = DecideForm()
    status = 200
    if request.method == "POST":
        form = DecideForm.of(request)
        try:
            onward = _act(request, form, row, user, found)
        except (Held, Ended) as late:
            messages.warning(request, _late(late))
            return redirect("gradebook:review", course=found.slug, public_id=public_id)
        if onward:
            return redirect(onward)
        status = 422
    return render(request, "gradebook/review.html", _context(request, user, found, row) | {"form": form}, status=status)


def _act(request: HttpRequest, form: DecideForm, row: Review, user: User, course: Course) -> str:
    """Where to go after it; empty where the form has problems."""
    here = reverse("gradebook:review", args=[course.slug, row.public_id]) + _kept(*_filters(request))
    back = reverse("gradebook:reviews", args=[course.slug]) + _kept(*_filters(request))
    act = request.POST.get("act")
    if act == "take":
        review_claim(row, by=user)
        return here
    if act == "release":
        review_release(row, by=user)
        return back
    points = form.read(task_points(row.submission, row.task))
    if form.problems:
        return ""
    try:
        review_decide(row, by=user, points=points, answer=form.answer)
    except OutOfRange as out:
        form.problems["points"] = _out_of_range(out.least, out.most)
        return ""
    messages.success(request, _("Decided; the student reads your answer."))
    return _next(request, user, course) or back


def _next(request: HttpRequest, user: User, course: Course) -> str:
    """The oldest review that is free, where the button said so."""
    if request.POST.get("then") != "next":
        return ""
    show, slug = _filters(request)
    rows = review_queue(user, course, show="mine" if show == "mine" else "open", assignment=slug)
    free = next((one.review for one in rows if not one.held), None)
    return reverse("gradebook:review", args=[course.slug, free.public_id]) + _kept(show, slug) if free else ""


def _late(late: Held | Ended) -> str:
    row = late.review
    if isinstance(late, Held) and row.assigned_to:
        return _("%(name)s has taken this review just now; nothing was changed.") % {"name": row.assigned_to.display_name()}
    return _("This review has been decided meanwhile; nothing was changed.")


def _context(request: HttpRequest, user: User, course: Course, row: Review) -> dict[str, Any]:
    submission = row.submission
    show, slug = _filters(request)
    return {
        "course": course,
        "manages": may_manage(user, course),
        "review": row,
        "here": waiting(row, user),
        "submission": submission,
        "assignment": submission.assignment,
        "run": run_of(submission),
        "task": task_shown(submission, row.task),
        "typed": isinstance(submission.answers.get(row.task), str),  # an answer that a key could be extended by
        "said": said_of(submission),
        "now": task_points(submission, row.task),
        "grade": Grade.objects.filter(student=submission.student, assignment=submission.assignment).first(),
        "open_now": reviews_open_in(user, course),
        "own": False,
        "kept": _kept(show, slug),
    }


def _course(user: User, slug: str) -> Course:
    return get_object_or_404(courses_taught_by(user), slug=slug)


def _filters(request: HttpRequest) -> tuple[Show, str]:
    show = request.GET.get("show", "open")
    return cast(Show, show if show in ("open", "mine", "decided") else "open"), request.GET.get("assignment", "")[:60]


def _kept(show: str, slug: str) -> str:
    """The filters, for addresses."""
    kept = {name: value for name, value in (("show", show if show != "open" else ""), ("assignment", slug)) if value}
    return f"?{urlencode(kept)}" if kept else ""


@login_required
@require_POST
def ask(request: HttpRequest, public_id: str, task: str) -> HttpResponse:
    """The student asks for a person's eye on a task of theirs."""
    submission = _own(request, public_id)
    try:
        review_open(submission=submission, task=task, asked=request.POST.get("asked", ""))
        messages.success(request, _("Your question is with those who teach this course. The answer will be shown here."))
    except MayNotAsk:
        messages.warning(request, _("There is nothing to ask about this task: it earned all its points, or you asked already."))
    except ReasonMissing:
        messages.warning(request, _("Say what should be looked at: nothing was sent."))
    return redirect(f"{reverse('results:show', args=[public_id])}#task-{task}")


@login_required
@require_POST
def unask(request: HttpRequest, public_id: str, review: str) -> HttpResponse:
    """The student takes the question back."""
    submission = _own(request, public_id)
    row = get_object_or_404(Review.objects.filter(submission=submission, cause=Review.Cause.STUDENT), public_id=review)
    if review_withdraw(row):
        messages.info(request, _("You have taken the question back."))
    return redirect(f"{reverse('results:show', args=[public_id])}#task-{row.task}")


def _own(request: HttpRequest, public_id: str) -> Submission:
    mine = submissions_visible_to(request.user).filter(student_id=request.user.pk)
    return get_object_or_404(mine, public_id=public_id)
