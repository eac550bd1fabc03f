"""The pages of decisions in Russian hold no English of ours."""

from __future__ import annotations

import polib
import pytest

from grader.gradebook.models import Grade, Review
from grader.locale import make
from tests.pages.world import graded, hand_in, record

ENGLISH = [one.msgid for one in polib.pofile(str(make.po_path("ru"))) if len(one.msgid) > 12 and "%" not in one.msgid]


@pytest.fixture
def addresses(world, at) -> list[str]:
    done = record(hand_in(world), graded(error_in=5))
    detail = f"/courses/zoo/submissions/{done.public_id}/"
    version = Grade.objects.get().version
    client = at(world.teacher)
    client.post(detail, {"act": "override", "points": "3", "reason": "r", "seen": version})
    client.post(detail, {"act": "decide", "task": "1.4", "points": "1", "reason": "r", "seen": "0"})
    client.post(detail, {"act": "comment", "reason": "r", "private": "1"})
    review = Review.objects.get(state="open")
    settings = "/courses/zoo/settings/"
    return [detail, "/courses/zoo/reviews/", f"/courses/zoo/reviews/{review.public_id}/", settings, f"{settings}everything/"]


def test_a_russian_page_holds_no_english_of_ours(world, at, addresses):
    client = at(world.teacher, "ru")

    for address in addresses:
        page = client.get(address).text.replace("&#x27;", "'")
        assert [text for text in ENGLISH if f">{text}<" in page or f'"{text}"' in page] == []


def test_nor_does_one_that_refuses_or_tells_of_a_faster_colleague(world, at, addresses):
    client = at(world.teacher, "ru")

    for fields in (
        {"act": "override", "points": "3", "reason": "r", "seen": "0"},
        {"act": "override", "points": "x", "seen": "9"},
    ):
        response = client.post(addresses[0], fields)
        page = response.text.replace("&#x27;", "'")
        assert response.status_code in (409, 422)
        assert [text for text in ENGLISH if f">{text}<" in page or f'"{text}"' in page] == []
