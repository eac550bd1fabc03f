"""Every page that shows a grade: the student's own list, the assignment with its form, results, and the gradebook."""

from django.urls import include, path, re_path

from grader.gradebook.table_urls import table_pages
from grader.gradebook.views import (
    accept,
    assignment,
    detail,
    executed,
    extensions,
    home,
    policies,
    questions,
    regrades,
    result,
    reviews,
)

assignment_pages = [
    path("courses/<slug:course>/<slug:slug>/", assignment.show, name="show"),
    path("courses/<slug:course>/<slug:slug>/starter.ipynb", assignment.starter, name="starter"),
    path("courses/<slug:course>/<slug:slug>/figures/<slug:name>.svg", assignment.figure, name="figure"),
]
result_pages = [
    path("results/<public_id:public_id>/", result.show, name="show"),
    path("results/<public_id:public_id>/notebook/", result.notebook, name="notebook"),
    path("results/<public_id:public_id>/executed/", executed.show, name="executed"),
    path("submissions/<public_id:public_id>/cancel/", result.stop, name="stop"),
    path("results/<public_id:public_id>/tasks/<str:task>/ask/", questions.ask, name="ask"),
    path("results/<public_id:public_id>/questions/<public_id:review>/withdraw/", questions.unask, name="unask"),
]
regrade_pages = [
    path("courses/<slug:course>/regrades/", regrades.regrades, name="regrades"),
    path("regrades/<public_id:public_id>/", regrades.regrade, name="regrade"),
    path("results/<public_id:public_id>/tasks/<str:task>/accept/", accept.accept, name="accept"),
    re_path(r"^regrades/(?P<public_id>rgr_[0-9a-z]+)/(?P<verb>apply|undo|drop|retry)/$", regrades.act, name="regrade_act"),
]
gradebook_pages = [
    *regrade_pages,
    path("courses/<slug:course>/settings/", policies.policies, name="policies"),
    path("courses/<slug:course>/settings/<slug:slug>/", policies.policy, name="policy"),
    path("courses/<slug:course>/reviews/", reviews.queue, name="reviews"),
    path("courses/<slug:course>/reviews/<public_id:public_id>/", reviews.review, name="review"),
    path("courses/<slug:course>/submissions/<public_id:public_id>/", detail.show, name="detail"),
    path("courses/<slug:course>/people/<public_id:person>/extensions/", extensions.show, name="extensions"),
    *table_pages,
]

urlpatterns = [
    path("", home.home, name="home"),
    path("", include((gradebook_pages, "gradebook"))),  # before assignments, whose slug would match "gradebook"
    path("", include((assignment_pages, "assignments"))),
    path("", include((result_pages, "results"))),
]
