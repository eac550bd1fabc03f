"""What people said of a student's work since the student last looked: comments, answers, decisions, scores by hand."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any

from django.db.models import F, QuerySet
from django.db.models.functions import Now

from assignments.models import Assignment
from grader.accounts.models import User
from grader.gradebook.models import Comment, FeedbackSeen, Override, Review, TaskDecision


def feedback_seen(student: User, assignment: Assignment) -> None:
    """The student looks at it now."""
    FeedbackSeen.objects.update_or_create(student=student, assignment=assignment, defaults={"seen_at": Now()})


def feedback_unread(student: User) -> dict[int, int]:
    """How much is unread, by assignment id; assignments without any are left out. Two queries."""
    seen = dict(FeedbackSeen.objects.filter(student=student).values_list("assignment", "seen_at"))
    said = _said(student)
    return dict(Counter(assignment for assignment, at in said if assignment not in seen or at > seen[assignment]))


def _said(student: User) -> list[tuple[int, datetime]]:
    """Assignment and moment of each word to this student. An answer that is a decision too counts once."""
    comments = Comment.objects.filter(submission__student=student, private=False).exclude(author=student)
    answers = Review.objects.filter(submission__student=student, state=Review.State.DECIDED, decision__isnull=True)
    decisions = TaskDecision.objects.filter(submission__student=student)
    overrides = Override.objects.filter(grade__student=student)
    rows: list[QuerySet[Any, tuple[int, datetime]]] = [
        comments.order_by().values_list(F("submission__assignment"), F("written_at")),
        answers.order_by().values_list(F("submission__assignment"), F("decided_at")),
        decisions.order_by().values_list(F("submission__assignment"), F("made_at")),
        overrides.order_by().values_list(F("grade__assignment"), F("made_at")),
    ]
    return list(rows[0].union(*rows[1:], all=True))
