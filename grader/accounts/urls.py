"""Pages about the person: logging in and out, and the language they read."""

from django.urls import path

from grader.accounts import views

urlpatterns = [
    path("login/", views.LogIn.as_view(), name="login"),
    path("logout/", views.log_out, name="logout"),
    path("language/", views.set_language, name="set_language"),
]
