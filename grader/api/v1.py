"""/api/v1: the resources in the order of the documentation, and what is done with exceptions."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from grader.api.problems import problem_answer, problem_of
from grader.api.resources import RESOURCES

VERSION = "1.0.0"

api = NinjaAPI(title="Homework grader", version=VERSION, urls_namespace="api-v1", openapi_url=None, docs_url=None)


def _to_problem(request: HttpRequest, exc: Any) -> HttpResponse:
    return problem_answer(request, problem_of(exc))


for _kind in (Exception, Http404, HttpError, AuthenticationError, ValidationError):
    api.add_exception_handler(_kind, _to_problem)

for _name in RESOURCES:
    api.add_router("", import_module(f"grader.api.resources.{_name}").routes.router)
