"""Switching mail off by the link in a letter; and letters that stayed here, in development."""

from django.urls import path

from grader.notifications import views

urlpatterns = [
    path("mail/choice/<str:token>/", views.choice, name="mail_choice"),
    path("dev/mail/", views.letters, name="dev_mail"),
    path("dev/mail/<slug:file>/<int:place>/", views.letter, name="dev_letter"),
    path("dev/mail/<slug:file>/<int:place>/html", views.letter_html, name="dev_letter_html"),
]
