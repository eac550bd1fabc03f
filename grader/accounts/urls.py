"""Pages about people: logging in, passwords, one's own settings, and the people of a course."""

from django.urls import include, path

from grader.accounts.views import add, join, log_in, member, mine, passwords, roster, sections

course_people = [
    path("", roster.course, name="course"),
    path("bulk/", roster.bulk, name="bulk"),
    path("add/", add.add, name="add"),
    path("sections/", sections.show, name="sections"),
    path("sections/add/", sections.add, name="section_add"),
    path("sections/<public_id:section>/", sections.change, name="section"),
    path("<public_id:person>/", member.show, name="member"),
    path("<public_id:person>/link/", member.link, name="link"),
    path("<public_id:person>/remove/", member.remove, name="remove"),
]
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
    path("join/<slug:code>/", join.show, name="join"),
    path("courses/<slug:course>/people/", include((course_people, "people"))),
]
