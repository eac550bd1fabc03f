"""Figures of an assignment: beside its page, for those who may see it, and harmless whoever opens one by itself."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from assignments.models import Assignment
from grader.submissions.markdown import block

PAGE = "/courses/zoo/everything/"
FIGURE = PAGE + "figures/wave.svg"


def test_the_page_shows_its_figures_with_words(world, at):
    page = at(world.student).get(PAGE).text

    assert '<img src="figures/wave.svg" alt="A wave that rises from left to right">' in page


def test_a_figure_is_svg_that_may_do_and_load_nothing(world, at):
    response = at(world.student).get(FIGURE)

    assert response["Content-Type"] == "image/svg+xml; charset=utf-8"
    assert response["X-Content-Type-Options"] == "nosniff"
    policy = response["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "sandbox" in policy
    assert "script-src" not in policy
    assert b"".join(response.streaming_content).startswith(b"<svg ")


def test_a_figure_is_open_to_whoever_may_open_its_assignment(world, at):
    assert at(world.teacher).get(FIGURE).status_code == 200
    assert at(world.other_teacher).get(FIGURE).status_code == 404
    assert at(None).get(FIGURE).status_code == 302
    assert at(world.student).post(FIGURE).status_code == 405


def test_a_figure_of_what_opens_later_is_not_shown_to_students(world, at):
    Assignment.objects.filter(slug="everything").update(opens_at=timezone.now() + timedelta(days=2))

    assert at(world.student).get(FIGURE).status_code == 404
    assert at(world.teacher).get(FIGURE).status_code == 200


@pytest.mark.parametrize(
    "name", ["other.svg", "../assignment.yaml", "..%2fstarter.svg", "wave.svg.svg", "wave", "wave.SVG", "%00.svg", "a%5cb.svg"]
)
def test_nothing_else_of_a_package_has_an_address(world, at, name):
    assert at(world.student).get(f"{PAGE}figures/{name}").status_code == 404


def test_a_picture_cannot_carry_a_script_s_address_or_a_handler():
    html = block('![a" onerror="alert(1)](figures/a.svg) ![b](javascript:alert(1)) ![c](data:text/html,x)')

    assert 'onerror="' not in html
    assert 'src="javascript' not in html
    assert 'src="data:text' not in html
