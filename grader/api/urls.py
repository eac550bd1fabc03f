"""Addresses of the API, and of the pages about it."""

from __future__ import annotations

from django.urls import path

from grader.api.v1 import api
from grader.api.views import docs, files, tokens

urlpatterns = [
    path("tokens/", tokens.show, name="api-tokens"),
    path("tokens/add/", tokens.add, name="api-token-add"),
    path("tokens/<public_id:token_id>/", tokens.change, name="api-token"),
    path("tokens/courses/<slug:course>/", tokens.rules, name="api-rules"),
    path("api/v1/openapi.json", docs.openapi, name="api-openapi"),
    path("api/v1/docs/", docs.index, name="api-docs"),
    path("api/v1/docs/problems/", docs.problems, name="api-problems"),
    path("api/v1/docs/problems/<str:code>/", docs.problem, name="api-problem"),
    path("api/v1/files/<str:signed>", files.show, name="api-file"),
    path("api/v1/", api.urls),
]
