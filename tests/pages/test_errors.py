"""Pages for when something is wrong: in both languages, and with what to do next."""

from __future__ import annotations

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client, RequestFactory
from django.utils import translation
from django.views import defaults


@pytest.mark.parametrize(("lang", "words"), [("ru", "Такой страницы нет"), ("en", "Page not found")])
def test_a_page_that_is_not_there_says_what_may_be_the_matter(world, at, lang, words):
    response = at(world.student, lang).get("/nowhere/")

    assert response.status_code == 404
    assert words in response.text
    assert 'href="/"' in response.text


@pytest.mark.parametrize(("lang", "words"), [("ru", "У нас что-то сломалось"), ("en", "Something went wrong on our side")])
def test_our_own_failure_needs_neither_person_nor_database(lang, words):
    with translation.override(lang):
        response = defaults.server_error(RequestFactory().get("/"))

    assert response.status_code == 500
    assert words in response.text


@pytest.mark.parametrize(("lang", "words"), [("ru", "Страница устарела"), ("en", "This page has expired")])
def test_a_form_without_its_token_is_explained(world, lang, words):
    strict = Client(enforce_csrf_checks=True)
    strict.cookies.load({"django_language": lang})

    response = strict.post("/login/", {"username": "anna"})

    assert response.status_code == 403
    assert words in response.text


@pytest.mark.parametrize(("lang", "words"), [("ru", "Вам это недоступно"), ("en", "You are not allowed to do this")])
def test_a_refusal_says_whom_to_ask(world, rf, lang, words):
    request = rf.get("/")
    request.user = world.student
    with translation.override(lang):
        response = defaults.permission_denied(request, PermissionDenied())

    assert response.status_code == 403
    assert words in response.text
