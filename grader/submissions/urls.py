"""A submission on its way: the live page and its fragment. (Stopping it changes a grade, so that is the gradebook's.)"""

from django.urls import path

from grader.submissions import views

app_name = "submissions"

urlpatterns = [
    path("submissions/<public_id:public_id>/", views.show, name="show"),
    path("submissions/<public_id:public_id>/progress/", views.progress, name="progress"),
    path("submissions/<public_id:public_id>/stream/", views.stream, name="stream"),
]
