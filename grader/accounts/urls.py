"""Pages about people: logging in, passwords, one's own settings, and the people of a course."""

from django.urls import path

from grader.accounts.views import log_in, mine, passwords

urlpatterns = [
    path("login/", log_in.LogIn.as_view(), name="login"),
    path("logout/", log_in.log_out, name="logout"),
    path("language/", log_in.set_language, name="set_language"),
    path("settings/", mine.show, name="settings"),
    path("password/forgotten/", passwords.forgotten, name="password_forgotten"),
    path("password/sent/", passwords.sent, name="password_sent"),
    path("password/change/", passwords.ChangePassword.as_view(), name="password_change"),
    path("password/set/<uidb64>/<token>/", passwords.SetPassword.as_view(), name="password_set"),
    path("password/set/<uidb64>/<token>/<slug:code>/", passwords.SetPassword.as_view(), name="password_set_and_join"),
]
