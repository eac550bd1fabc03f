"""Courses in the browser, for those who decide in them; a new one for the admin."""

from django.urls import path

from grader.courses.views import package, try_out, upload

app_name = "courses"
_COURSE = "courses/<slug:course>/package/"
urlpatterns = [
    path("courses/new/", package.new, name="new"),
    path(_COURSE, package.show, name="show"),
    path(f"{_COURSE}upload/", package.send, name="upload"),
    path(f"{_COURSE}files.zip", package.files, name="files"),
    path(f"{_COURSE}uploads/<public_id:public_id>/", upload.show, name="uploaded"),
    path(f"{_COURSE}uploads/<public_id:public_id>/check/", upload.check, name="check"),
    path(f"{_COURSE}uploads/<public_id:public_id>/publish/", upload.publish, name="publish"),
    path(f"{_COURSE}history/<public_id:public_id>/", package.restore, name="restore"),
    path(f"{_COURSE}try/<public_id:version>/", try_out.form, name="try"),
    path("try-outs/<public_id:public_id>/", try_out.show, name="tried"),
]
