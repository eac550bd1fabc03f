"""The form of an assignment, taken: handed in where all is well, else kept as a draft with all that there is to say about it."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _

from assignments.models import Assignment
from assignments.package.values import AssignmentPackage
from assignments.queries import package_of
from grader import catalogue
from grader.accounts.models import User
from grader.gradebook.services import submission_receive
from grader.submissions.errors import SubmitRefused
from grader.submissions.forms import SubmissionForm
from grader.submissions.models import Submission
from grader.submissions.services import draft_save
from grader.submissions.templatetags.words import language, seconds
from grader.submissions.terms import Door


def hand_in(form: SubmissionForm, user: User, assignment: Assignment, door: Door) -> Submission | None:
    """The submission, or None with the form's `wrongs` and `asked` filled and a draft kept."""
    valid = form.is_valid()
    if not door.open:
        form.refuse(closed_sentence(door))
    elif valid and form.certain:
        try:
            return submission_receive(
                student=user,
                assignment=assignment,
                notebook=form.notebook,
                notebook_name=form.notebook_name,
                answers=form.answers,
            )
        except SubmitRefused as refused:
            form.refuse(catalogue.render(refused.code, refused.values, language()))
    keep(form, user, assignment)
    return None


def keep(form: SubmissionForm, user: User, assignment: Assignment) -> None:
    """What was typed and uploaded, as a draft; a file kept before stays where none came."""
    draft_save(
        student=user,
        assignment=assignment,
        notebook=form.notebook if form.fresh else None,
        notebook_name=form.notebook_name if form.fresh else "",
        answers=form.answers,
    )


def homework_of(assignment: Assignment) -> Iterator[AssignmentPackage]:
    """What the course's assignments ask, one after the other: read where somebody looks."""
    rows = Assignment.objects.filter(course=assignment.course_id, current_version__isnull=False)
    for row in rows.select_related("current_version__assignment__course"):
        assert row.current_version is not None
        yield package_of(row.current_version)


def closed_sentence(door: Door) -> str:
    if door.teaches:
        return _("You teach this course; only its students can hand in work.")
    if door.opens_later:
        return _("This assignment is not open yet.")
    if door.closed:
        return _("This assignment is closed: work is no longer accepted. Ask your teacher if you need more time.")
    if door.left != 0:
        return _("There is a break after each attempt. You can hand in the next one in %(time)s.") % {
            "time": seconds(door.wait_s)
        }
    return _("No attempts are left. If the last one failed through no fault of yours, tell your teacher.")
