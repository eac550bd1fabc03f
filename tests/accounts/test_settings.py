"""One's own settings: the language, the zone in which times are read, and what is written about."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.test import RequestFactory
from django.urls import reverse
from django.utils import timezone

from grader.accounts.middleware import reader_time_zone
from grader.accounts.zones import NAMES, zone_choices
from tests.factories import Cast


def test_what_is_saved_is_read_again_and_changes_the_pages_language(cast: Cast, at: Any):
    client = at(cast.student)
    answer = client.post(reverse("settings"), {"language": "ru", "time_zone": "Asia/Omsk", "mail_reviews": "on"}, follow=True)

    cast.student.refresh_from_db()
    assert (cast.student.language, cast.student.time_zone) == ("ru", "Asia/Omsk")
    assert not cast.student.shortcuts
    assert (cast.student.mail_results, cast.student.mail_reviews, cast.student.mail_extensions) == (False, True, False)
    assert '<html lang="ru">' in answer.text


def test_an_unknown_zone_is_refused(cast: Cast, at: Any):
    assert at(cast.student).post(reverse("settings"), {"language": "en", "time_zone": "Mars/Base"}).status_code == 422


def test_settings_are_for_those_who_are_logged_in(db: None, at: Any):
    assert at(None).get(reverse("settings"))["Location"].startswith("/login/")


def test_times_are_shown_in_the_readers_zone(cast: Cast):
    request = RequestFactory().get("/")
    moment = datetime(2026, 11, 24, 12, tzinfo=UTC)
    seen = []
    page = reader_time_zone(lambda _: seen.append(timezone.localtime(moment).hour))
    for zone in ("Asia/Omsk", "", "Mars/Base"):
        cast.student.time_zone = zone
        request.user = cast.student
        page(request)

    assert seen == [18, 15, 15]


def test_every_zone_on_offer_exists_and_they_go_from_west_to_east():
    assert len(set(NAMES)) == len(NAMES)
    assert all(ZoneInfo(name) for name in NAMES)
    choices = zone_choices(datetime(2026, 11, 24, tzinfo=UTC))
    assert choices[0] == ("America/Los_Angeles", "UTC−8 · America/Los Angeles")
    assert ("Asia/Kolkata", "UTC+5:30 · Asia/Kolkata") in choices
