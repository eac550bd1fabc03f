"""The review queue, and one review: it is taken, given to another, or decided."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from assignments.models import Assignment, Course
from grader.accounts.models import User
from grader.accounts.queries import courses_taught_by, may_manage
from grader.gradebook.decisions import OutOfRange
from grader.gradebook.models import Grade, Review
from grader.gradebook.queries import task_points
from grader.gradebook.review_queue import (
    next_for,
    review_queue,
    reviewers_of,
    reviews_open_in,
    reviews_visible_to,
    waiting,
)
from grader.gradebook.reviews import Ended, Held, review_assign, review_claim, review_decide, review_release
from grader.gradebook.said import said_of
from grader.gradebook.views.detail import run_of, task_shown
from grader.gradebook.views.paging import pages_around
from grader.gradebook.views.review_form import DecideForm, Filters, out_of_range

PAGE = 50  # reviews


@login_required
@require_safe
@never_cache
def queue(request: HttpRequest, course: str) -> HttpResponse:
    """What waits, by age; what is mine; what was decided. Filters stay in the address."""
    user = cast(User, request.user)
    found = _course(user, course)
    filters = Filters.of(request)
    asked_of = Assignment.objects.filter(course=found, current_version__isnull=False)
    page = Paginator(review_queue(user, found, show=filters.show, assignment=filters.assignment), PAGE).get_page(filters.page)
    context = {
        "course": found,
        "manages": may_manage(user, found),
        "rows": [waiting(one, user) for one in page.object_list],
        "matching": page.paginator.count,
        "pages": pages_around(page, lambda number: filters.address(page=number) or "?"),
        "at": page.number,
        "show": filters.show,
        "slug": filters.assignment,
        "assignments": asked_of.order_by("position", "slug"),
        "open_now": reviews_open_in(user, found),
        "kept": filters.address(),
        "narrowed": bool(filters.address(page=1)),
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
    filters = Filters.of(request)
    here = reverse("gradebook:review", args=[course.slug, row.public_id]) + filters.address()
    back = reverse("gradebook:reviews", args=[course.slug]) + filters.address()
    act = request.POST.get("act")
    if act == "take":
        review_claim(row, by=user)
        return here
    if act == "release":
        review_release(row, by=user)
        return back
    if act == "assign":
        return back if _assigned(request, row, user) else here
    return (_next(request, user, course) or back) if _decided(request, form, row, user) else ""


def _assigned(request: HttpRequest, row: Review, user: User) -> bool:
    to = reviewers_of(row).filter(public_id=request.POST.get("to", "")).first()
    if to is None:
        messages.warning(request, _("Choose who should have it: nothing was changed."))
        return False
    review_assign(row, to=to, by=user)
    messages.success(request, _("%(name)s has it now.") % {"name": to.display_name()})
    return True


def _decided(request: HttpRequest, form: DecideForm, row: Review, user: User) -> bool:
    points = form.read(task_points(row.submission, row.task))
    if form.problems:
        return False
    try:
        review_decide(row, by=user, points=points, answer=form.answer)
    except OutOfRange as out:
        form.problems["points"] = out_of_range(out.least, out.most)
        return False
    messages.success(request, _("Decided; the student reads your answer."))
    return True


def _next(request: HttpRequest, user: User, course: Course) -> str:
    """The next one to decide, where the button said so."""
    if request.POST.get("then") != "next":
        return ""
    filters = Filters.of(request)
    found = next_for(user, course, mine=filters.show == "mine", assignment=filters.assignment)
    return reverse("gradebook:review", args=[course.slug, found.public_id]) + filters.address() if found else ""


def _late(late: Held | Ended) -> str:
    row = late.review
    if isinstance(late, Held) and row.assigned_to:
        return _("%(name)s has taken this review just now; nothing was changed.") % {"name": row.assigned_to.display_name()}
    return _("This review has been decided meanwhile; nothing was changed.")


def _context(request: HttpRequest, user: User, course: Course, row: Review) -> dict[str, Any]:
    submission = row.submission
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
        "kept": Filters.of(request).address(),
        "reviewers": reviewers_of(row) if row.state == Review.State.OPEN else [],
    }


def _course(user: User, slug: str) -> Course:
    return get_object_or_404(courses_taught_by(user), slug=slug)
