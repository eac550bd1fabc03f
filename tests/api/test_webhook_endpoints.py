"""Webhook endpoints through the API: whose they are, where they may lead, and that a secret is seen once."""

from __future__ import annotations

import ipaddress
from typing import Any

import pytest

from grader.accounts.models import Enrolment, Role
from grader.api.models import IdempotencyRecord
from grader.events.models import Event
from grader.events.types import CHOSEN_FROM
from grader.lms.models import WebhookEndpoint
from tests.api.callers import Caller

ENDPOINTS = "/webhook_endpoints"
WANTED = {"url": "https://lms.example/hook", "event_types": ["grade.changed"], "course": "small"}


def make(caller: Caller, key: str = "k", **fields: Any) -> Any:
    return caller.post(ENDPOINTS, WANTED | fields, Idempotency_Key=key)


def made(caller: Caller, key: str = "k", **fields: Any) -> str:
    """The address of a new endpoint."""
    told = make(caller, key, **fields)
    assert told.status_code == 201, told.content
    return f"{ENDPOINTS}/{told.json()['id']}"


def change(caller: Caller, here: str, etag: str = "", **fields: Any) -> Any:
    return caller("PATCH", here, fields, If_Match=etag or caller.get(here)["ETag"])


def the_row() -> WebhookEndpoint:
    return WebhookEndpoint.objects.get()


def wrong(told: Any) -> list[tuple[str, str]]:
    assert told.status_code == 422, told.content
    return [(one["pointer"], one["code"]) for one in told.json()["errors"]]


def test_an_endpoint_is_made_with_a_secret_and_hears_of_what_happens_from_now_on(api):
    before = Event.objects.create(type="grade.changed", course_slug="small", data={})

    told = make(api, name="Moodle", concurrency=3)

    row = the_row()
    assert (told.status_code, told.json()["secret"]) == (201, row.secret)
    assert told.json()["secret"].startswith("whsec_")
    assert (row.url, row.event_types, row.concurrency) == ("https://lms.example/hook", ["grade.changed"], 3)
    assert row.course is not None and row.course.slug == "small" and row.last_event == before.pk
    assert told["Cache-Control"] == "no-store"


def test_what_is_answered_first_is_what_is_read_later_but_for_the_secret(api):
    told = make(api)

    read = api.get(told["Location"].removeprefix("http://testserver"))

    assert read.json() == {name: value for name, value in told.json().items() if name != "secret"}
    assert read["ETag"] == told["ETag"]


def test_a_secret_is_in_no_other_answer_and_not_among_the_answers_that_are_kept(api):
    first = make(api)
    secret, here = first.json()["secret"], f"{ENDPOINTS}/{first.json()['id']}"

    again = make(api)
    others = [
        api.get(ENDPOINTS),
        api.get(here),
        change(api, here, name="x"),
        api.post(f"{here}/pause"),
        api.post(f"{here}/resume"),
        api.post(f"{here}/ping", Idempotency_Key="p"),
        api.get(f"{here}/messages"),
    ]

    assert (again.status_code, again["Idempotency-Replayed"], again.json()) == (201, "true", first.json() | {"secret": None})
    assert {answer.status_code for answer in others} == {200, 201}
    assert [answer for answer in (again, *others) if secret.encode() in answer.content] == []
    kept = [bytes(one.body) + str(one.headers).encode() for one in IdempotencyRecord.objects.all()]
    assert kept and not any(secret.encode() in one for one in kept)
    assert not any(secret in str(event.data) for event in Event.objects.all())
    assert WebhookEndpoint.objects.count() == 1


def test_a_new_secret_is_shown_once_and_the_old_one_signs_for_a_day(api):
    here = made(api)
    old = the_row().secret

    first = api.post(f"{here}/rotate_secret", Idempotency_Key="r")
    again = api.post(f"{here}/rotate_secret", Idempotency_Key="r")

    assert the_row().secrets() == [first.json()["secret"], old]
    assert first.json()["old_secret_until"] is not None
    assert again.json() == first.json() | {"secret": None}


@pytest.mark.parametrize(
    "url",
    [
        "http://lms.example/", "ftp://lms.example/", "file:///etc/passwd", "https://user:pw@lms.example/", "https://lms.example:22/",
        "https://127.0.0.1/", "https://localhost/", "https://x.localhost./", "https://10.1.2.3/", "https://192.168.0.1/",
        "https://172.16.0.1/", "https://169.254.169.254/latest/meta-data/", "https://100.64.0.1/", "https://0.0.0.0/",
        "https://224.0.0.1/", "https://240.0.0.1/", "https://2130706433/", "https://0x7f.1/", "https://0177.0.0.1/", "https://127.1/",
        "https://[::1]/", "https://[::]/", "https://[fe80::1]/", "https://[fc00::1]/", "https://[ff02::1]/",
        "https://[::ffff:127.0.0.1]/", "https://[::ffff:10.0.0.1]/", "https://[64:ff9b::7f00:1]/", "https://[64:ff9b::a00:1]/",
        "https://[2002:7f00:1::]/", "https://[2001:db8::1]/", "https://", "lms.example", "https://[::1/", "https://lms.example\\@x/",
    ],
)  # fmt: skip
def test_an_address_that_may_never_be_called_is_not_taken(api, url):
    here = made(api, key="first")

    assert wrong(make(api, url=url)) == wrong(change(api, here, url=url)) == [("/url", "endpoint.url")]
    assert the_row().url == WANTED["url"]


@pytest.mark.parametrize(("language", "says"), [("en", "not a public address"), ("ru", "не публичный адрес")])
def test_why_an_address_is_not_taken_is_said_in_the_callers_language(api, language, says):
    told = api.post(ENDPOINTS, WANTED | {"url": "https://10.0.0.1/"}, Idempotency_Key="k", Accept_Language=language)

    assert says in told.json()["errors"][0]["detail"]


def test_a_network_that_the_site_allows_may_be_called(api, settings):
    settings.GRADER_WEBHOOK_ALLOW = (ipaddress.ip_network("10.0.0.0/8"),)

    assert make(api, url="https://10.0.0.1:9000/hook").status_code == 201
    assert wrong(make(api, "other", url="https://192.168.0.1/")) == [("/url", "endpoint.url")]


@pytest.mark.parametrize(
    ("field", "value", "found"),
    [
        ("event_types", [], ("/event_types", "field.too_short")),
        ("event_types", ["grade.chnged"], ("/event_types", "endpoint.events")),
        ("event_types", ["endpoint.ping"], ("/event_types", "endpoint.events")),
        ("event_types", ["audit.endpoint.made"], ("/event_types", "endpoint.events")),
        ("event_types", "grade.changed", ("/event_types", "field.list_type")),
        ("concurrency", 5, ("/concurrency", "field.less_than_equal")),
        ("concurrency", 0, ("/concurrency", "field.greater_than_equal")),
        ("name", "x" * 121, ("/name", "field.string_too_long")),
        ("name", "a\x00b", ("/name", "field.string_pattern_mismatch")),
        ("url", "https://lms.example/" + "x" * 500, ("/url", "field.string_too_long")),
        ("url", "https://lms.example/\x00", ("/url", "field.string_pattern_mismatch")),
        ("url", None, ("/url", "field.string_type")),
        ("course", "nowhere", ("/course", "course.unknown")),
        ("course", "other", ("/course", "course.unknown")),
        ("course", "", ("/course", "course.missing")),
    ],
)
def test_a_field_that_cannot_be_taken_is_named(api, field, value, found):
    assert wrong(make(api, **{field: value})) == [found]
    assert WebhookEndpoint.objects.count() == 0


def test_all_event_types_may_be_chosen_and_each_is_chosen_once(api):
    told = make(api, event_types=[*CHOSEN_FROM, "grade.changed"])

    assert told.json()["event_types"] == list(CHOSEN_FROM)


def test_an_endpoint_of_the_whole_site_is_made_and_seen_by_a_token_of_the_whole_site_alone(api, token, cast):
    site = token("webhooks:manage", by=cast.admin, courses=None)
    limited = token("admin", by=cast.admin, courses=[cast.course])
    here, of_course = made(site, course=""), made(api)

    assert wrong(make(limited, course="")) == [("/course", "course.missing")]
    assert [one.get(here).status_code for one in (site, api, limited)] == [200, 404, 404]
    assert [len(one.get(ENDPOINTS).json()["data"]) for one in (site, api, limited)] == [2, 1, 1]
    assert site.get(of_course).status_code == 200


ACTS = {
    "read": lambda caller, here: caller.get(here),
    "change": lambda caller, here: caller("PATCH", here, {"url": "https://evil.example/"}, If_Match="*"),
    "delete": lambda caller, here: caller("DELETE", here),
    "rotate": lambda caller, here: caller.post(f"{here}/rotate_secret", Idempotency_Key="k"),
    "ping": lambda caller, here: caller.post(f"{here}/ping", Idempotency_Key="k"),
    "pause": lambda caller, here: caller.post(f"{here}/pause"),
    "resume": lambda caller, here: caller.post(f"{here}/resume"),
    "replay": lambda caller, here: caller.post(
        f"{here}/replay", {"since": "2026-01-01T00:00:00Z", "until": "2036-01-01T00:00:00Z"}, Idempotency_Key="k"
    ),
    "messages": lambda caller, here: caller.get(f"{here}/messages"),
}


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
@pytest.mark.parametrize("role", [Role.STUDENT, Role.ASSISTANT, None], ids=["a student", "an assistant", "nobody here"])
def test_a_token_whose_maker_is_no_teacher_of_the_course_any_more_finds_nothing(api, cast, role, act):
    here = made(api)
    before = WebhookEndpoint.objects.values().get()
    places = Enrolment.objects.filter(user=cast.teacher)
    places.update(role=role) if role else places.delete()

    told = act(api, here)

    assert (told.status_code, told.json()["code"]) == (404, "not_found")
    assert wrong(make(api, "another")) == [("/course", "course.unknown")]
    assert WebhookEndpoint.objects.values().get() == before


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
def test_another_courses_teacher_finds_nothing_and_changes_nothing(api, token, cast, act):
    here = made(api)
    before = WebhookEndpoint.objects.values().get()
    foreign = token("webhooks:manage", by=cast.other_teacher, courses=[cast.other_course])

    assert act(foreign, here).status_code == 404
    assert WebhookEndpoint.objects.values().get() == before


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
def test_a_deleted_endpoint_is_not_found(api, act):
    here = made(api)
    assert api("DELETE", here).status_code == 204

    assert act(api, here).status_code == 404
    assert (the_row().secret, the_row().secret_old) == ("", "")


def test_what_is_left_out_stays_as_it_is(api):
    here = made(api, name="Moodle")

    told = change(api, here, event_types=["run.finished"], url=None)

    assert (told.status_code, told.json()["event_types"], told.json()["name"]) == (200, ["run.finished"], "Moodle")
    assert told.json()["url"] == WANTED["url"]
    assert api.get(here)["ETag"] == told["ETag"]


def test_who_was_overtaken_changes_nothing(api):
    here = made(api)
    seen = api.get(here)["ETag"]
    change(api, here, name="first")

    assert change(api, here, seen, name="second").status_code == 412
    assert api("PATCH", here, {"name": "third"}).status_code == 428
    assert the_row().name == "first"


def test_an_endpoint_is_paused_and_goes_on_and_both_may_be_asked_twice(api):
    here = made(api)

    states = [api.post(f"{here}/{word}").json()["state"] for word in ("pause", "pause", "resume", "resume")]

    assert states == ["paused", "paused", "active", "active"]
    assert Event.objects.filter(type__in=["audit.endpoint.paused", "audit.endpoint.resumed"]).count() == 2


def test_the_audit_says_which_person_and_which_token_did_what(api, cast):
    here = made(api)
    change(api, here, name="x")
    for word in ("rotate_secret", "ping", "pause", "resume"):
        api.post(f"{here}/{word}", Idempotency_Key="k")
    api("DELETE", here)

    rows = list(Event.objects.filter(type__startswith="audit.endpoint.").order_by("id"))
    assert [row.type.rpartition(".")[2] for row in rows] == [
        "made", "changed", "secret_rotated", "pinged", "paused", "resumed", "deleted"
    ]  # fmt: skip
    assert {(row.data["by"]["person"], row.data["by"]["token"]) for row in rows} == {(cast.teacher.public_id, api.row.public_id)}


def test_the_list_comes_in_pages(api):
    for number in range(3):
        make(api, f"k-{number}", name=str(number))

    first = api.get(f"{ENDPOINTS}?limit=2").json()
    rest = api.get(f"{ENDPOINTS}?limit=2&cursor={first['next_cursor']}").json()

    assert [one["name"] for one in first["data"] + rest["data"]] == ["0", "1", "2"]
    assert rest["next_cursor"] is None
