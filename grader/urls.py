"""All addresses: each room lists its own, and this page joins them."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path, register_converter

from grader.accounts.views.log_in import log_in_to_admin
from grader.addresses import ExternalId, PublicId
from grader.health import healthz
from grader.patterns import patterns

register_converter(PublicId, "public_id")  # before the rooms' own addresses, which use them
register_converter(ExternalId, "external_id")

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("dev/patterns/", patterns, name="patterns"),
    path("admin/login/", log_in_to_admin),  # before the admin's own
    path("admin/", admin.site.urls),
    path("", include("grader.api.urls")),
    path("", include("grader.accounts.urls")),
    path("", include("grader.submissions.urls")),
    path("", include("grader.notifications.urls")),
    path("", include("grader.lms.urls")),  # before an assignment's address, which would match "lms"
    path("", include("grader.courses.urls")),  # before an assignment's address, which would match "package"
    path("", include("grader.gradebook.urls")),
]
