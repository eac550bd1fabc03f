"""The student's side of a review: asking for a person's eye on a task, and taking the question back."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from grader.gradebook.decisions import ReasonMissing
from grader.gradebook.models import Review
from grader.gradebook.reviews import MayNotAsk, review_open, review_withdraw
from grader.submissions.models import Submission
from grader.submissions.queries import submissions_visible_to


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
