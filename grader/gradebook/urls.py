"""Every page that shows a grade: the student's own list, the assignment with its form, results, and the gradebook."""

from django.urls import include, path, re_path

from grader.gradebook.views import assignment, home, regrades, result, table

assignment_pages = [
    path("courses/<slug:course>/<slug:slug>/", assignment.show, name="show"),
    path("courses/<slug:course>/<slug:slug>/starter.ipynb", assignment.starter, name="starter"),
    path("courses/<slug:course>/<slug:slug>/figures/<slug:name>.svg", assignment.figure, name="figure"),
]
result_pages = [
    path("results/<public_id:public_id>/", result.show, name="show"),
    path("results/<public_id:public_id>/notebook/", result.notebook, name="notebook"),
    path("submissions/<public_id:public_id>/cancel/", result.stop, name="stop"),
]
regrade_pages = [
    path("courses/<slug:course>/regrades/", regrades.regrades, name="regrades"),
    path("regrades/<public_id:public_id>/", regrades.regrade, name="regrade"),
    re_path(r"^regrades/(?P<public_id>rgr_[0-9a-z]+)/(?P<verb>apply|undo|drop|retry)/$", regrades.act, name="regrade_act"),
]
gradebook_pages = [
    *regrade_pages,
    path("courses/<slug:course>/gradebook/", table.course, name="course"),
    path("courses/<slug:course>/gradebook/<public_id:student>/<slug:slug>", table.cell, name="cell"),
]

urlpatterns = [
    path("", home.home, name="home"),
    path("", include((gradebook_pages, "gradebook"))),  # before assignments, whose slug would match "gradebook"
    path("", include((assignment_pages, "assignments"))),
    path("", include((result_pages, "results"))),
]
