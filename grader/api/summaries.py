"""What each route does, in one line of the reader's language. (The schema and the details are in English.)"""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

SUMMARIES: dict[str, str | Promise] = {
    "me_show": _("What this token may do, and where"),
    "health_show": _("Whether work gets done"),
    "courses_list": _("The courses that this token reaches"),
    "course_show": _("One course"),
    "assignments_list": _("The assignments of a course"),
    "assignment_show": _("One assignment"),
    "versions_list": _("All versions of an assignment"),
    "tasks_list": _("The tasks of an assignment and how each is answered"),
    "submission_create": _("Hand in for a student"),
    "submissions_list": _("The submissions of an assignment"),
    "submission_show": _("One submission with its results; it can be waited for"),
    "submission_cancel": _("Stop grading a submission"),
    "files_list": _("The files of a submission, by addresses that need no token"),
    "runs_list": _("The runs of a submission"),
    "run_show": _("One run"),
    "results_show": _("What a run concluded of each task"),
    "grades_list": _("The grades of a course"),
    "grade_show": _("One grade"),
    "grade_history": _("Every change of a grade"),
    "overrides_list": _("Every word of a person on a grade"),
    "override_put": _("Override a grade"),
    "override_delete": _("Take an override back"),
    "override_create": _("Give a score to a student who has none"),
    "reviews_list": _("The reviews of a course"),
    "review_show": _("One review, and what its task is worth now"),
    "review_claim": _("Take a review for a quarter of an hour"),
    "review_release": _("Give a review back"),
    "review_assign": _("Give a review to another person"),
    "review_decide": _("Decide a review"),
    "regrade_create": _("Judge submissions once more, without changing a grade"),
    "regrades_list": _("The regrades of a course"),
    "regrade_show": _("One regrade and how far it is"),
    "regrade_rows": _("Who gains by a regrade, who loses, and why"),
    "regrade_apply": _("Apply a regrade"),
    "regrade_undo": _("Undo a regrade"),
    "regrade_drop": _("Give a dry run up"),
    "regrade_retry": _("Judge once more what we failed to judge"),
    "events_list": _("What happened, in order"),
}
HEADINGS: dict[str, str | Promise] = {
    "Courses and assignments": _("Courses and assignments"),
    "Submissions": _("Submissions"),
    "Runs and results": _("Runs and results"),
    "Grades": _("Grades"),
    "Overrides": _("Overrides"),
    "Reviews": _("Reviews"),
    "Regrades": _("Regrades"),
    "Events": _("Events"),
    "Me": _("This token"),
    "Health": _("Health"),
}
