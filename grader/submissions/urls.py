"""A submission on its way: the live page, its fragment, and stopping it."""

from django.urls import path

from grader.submissions import views

app_name = "submissions"

urlpatterns = [
    path("submissions/<str:public_id>/", views.show, name="show"),
    path("submissions/<str:public_id>/progress/", views.progress, name="progress"),
    path("submissions/<str:public_id>/cancel/", views.cancel, name="cancel"),
]
