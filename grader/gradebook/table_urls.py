"""The addresses of the table and of what hangs on it."""

from django.urls import path

from grader.gradebook.views import bulk, import_grades, panel, table, tasks

_BOOK = "courses/<slug:course>/gradebook"

table_pages = [
    path(f"{_BOOK}/", table.course, name="course"),
    path(f"{_BOOK}/bulk", bulk.bulk, name="bulk"),
    path(f"{_BOOK}/export.csv", bulk.export, name="export"),
    path(f"{_BOOK}/import", import_grades.upload, name="import"),
    path(f"{_BOOK}/import/apply", import_grades.apply, name="import_apply"),
    path(f"{_BOOK}/<public_id:student>/<slug:slug>", panel.cell, name="cell"),
    path(f"{_BOOK}/<public_id:student>/<slug:slug>/override", panel.override, name="override"),
    path("courses/<slug:course>/tasks/", tasks.tasks, name="tasks"),
    path("courses/<slug:course>/tasks/<slug:slug>/<str:task>/", tasks.task, name="task"),
]
