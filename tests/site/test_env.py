from __future__ import annotations

from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from grader import env


def test_a_bad_yes_or_no_is_refused_by_name(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("GRADER_DEMO", "perhaps")

    with pytest.raises(ImproperlyConfigured, match="GRADER_DEMO='perhaps' is neither yes nor no"):
        env.flag("GRADER_DEMO")


@pytest.mark.parametrize(("raw", "why"), [("soon", "is not a whole number"), ("0", "The least is 2")])
def test_a_bad_number_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, raw: str, why: str):
    monkeypatch.setenv("GRADER_LEASE_S", raw)

    with pytest.raises(ImproperlyConfigured, match=f"GRADER_LEASE_S=.*{why}"):
        env.integer("GRADER_LEASE_S", 60, least=2)


def test_a_secret_may_come_from_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    (tmp_path / "key").write_text("x" * 40 + "\n")
    monkeypatch.delenv("SECRET_KEY", raising=False)
    monkeypatch.setenv("SECRET_KEY_FILE", str(tmp_path / "key"))

    assert env.secret("SECRET_KEY", tmp_path) == "x" * 40


def test_a_short_secret_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("SECRET_KEY", "short")

    with pytest.raises(ImproperlyConfigured, match="at least 32"):
        env.secret("SECRET_KEY", tmp_path)


def test_a_secret_that_nobody_gave_is_made_once_and_kept_for_us_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.delenv("GRADER_SITE_SECRET", raising=False)

    first, second = env.secret("GRADER_SITE_SECRET", tmp_path), env.secret("GRADER_SITE_SECRET", tmp_path)

    assert first == second
    assert (tmp_path / "secrets" / "grader_site_secret").stat().st_mode & 0o777 == 0o600


def test_a_home_that_cannot_be_written_is_told_as_a_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.delenv("SECRET_KEY", raising=False)
    (tmp_path / "file").touch()

    with pytest.raises(ImproperlyConfigured, match="SECRET_KEY is not set and .* can't be used"):
        env.secret("SECRET_KEY", tmp_path / "file")


def test_a_postgres_address_may_name_the_folder_of_a_socket(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://grader@/grader?host=/tmp/x")

    found = env.database("DATABASE_URL", "")

    assert (found["HOST"], found["NAME"], found["USER"], found["PORT"]) == ("/tmp/x", "grader", "grader", "")


def test_a_postgres_password_may_hold_any_character(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DATABASE_URL", "postgres://me:p%40ss%2Fword@db.example:5433/grader?sslmode=require")

    found = env.database("DATABASE_URL", "")

    assert (found["PASSWORD"], found["PORT"], found["sslmode"]) == ("p@ss/word", "5433", "require")


@pytest.mark.parametrize("raw", ["sqlite:///x.db", "mysql://a@b/c", "postgresql://host", "postgresql://h/n?pool=3"])
def test_what_is_no_postgres_address_is_refused(monkeypatch: pytest.MonkeyPatch, raw: str):
    monkeypatch.setenv("DATABASE_URL", raw)

    with pytest.raises(ImproperlyConfigured, match="DATABASE_URL"):
        env.database("DATABASE_URL", "")


def test_a_redis_socket_is_named_the_way_celery_wants_it(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("REDIS_URL", "unix:///tmp/x/s?db=2")

    assert env.redis("REDIS_URL", "") == "redis+socket:///tmp/x/s?virtual_host=2"


def test_a_bad_address_range_is_refused_with_its_value(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("GRADER_WEBHOOK_ALLOW", "10.0.0.0/8, campus")

    with pytest.raises(ImproperlyConfigured, match="'campus'"):
        env.networks("GRADER_WEBHOOK_ALLOW")


def test_a_file_of_addresses_gives_way_to_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    (tmp_path / "environment").write_text("# of ./dev up\nREDIS_URL=unix:///from/file\nSITE_TEST_NEW=1\n")
    monkeypatch.setenv("REDIS_URL", "redis://given")
    monkeypatch.setenv("SITE_TEST_NEW", "")
    monkeypatch.delenv("SITE_TEST_NEW")

    env.given_by_file(tmp_path / "environment")

    assert env.text("REDIS_URL") == "redis://given"
    assert env.text("SITE_TEST_NEW") == "1"
