"""Real servers without Docker and without root's powers: where they run, as whom, and that they keep what they hold."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from local.process.spawn import Account
from local.process.supervisor import Supervisor
from local.say import Trouble
from local.servers import place as places
from local.servers import postgres, valkey
from local.servers.place import place, reaches

pytestmark = pytest.mark.timeout(120)
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root has somebody to hand the servers to")


@pytest.fixture
def home() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="hwg-test-", dir="/tmp"))
    made.chmod(0o711)
    yield made
    shutil.rmtree(made)


@pytest.fixture
def supervisor() -> Iterator[Supervisor]:
    made = Supervisor(tell=lambda _: None)
    yield made
    made.stop()


def a_postgres(supervisor: Supervisor, home: Path) -> str:
    where = place(home)
    supervisor.remove_at_end(where.sockets)
    service, url = postgres.service(where, home / "logs", throw_away=True)
    supervisor.start(service)
    postgres.database_create(url)
    return url


def test_postgres_keeps_what_it_holds_over_a_restart(supervisor: Supervisor, home: Path):
    with psycopg.connect(a_postgres(supervisor, home)) as connection:
        connection.execute("CREATE TABLE grades AS SELECT 'Ёлкина' AS who, 10 AS points")
    supervisor.stop_since(0)

    with psycopg.connect(a_postgres(supervisor, home)) as connection:
        rows = connection.execute("SELECT lower(who), points FROM grades").fetchall()

    assert rows == [("ёлкина", 10)]


def test_postgres_listens_on_no_port(supervisor: Supervisor, home: Path):
    with psycopg.connect(a_postgres(supervisor, home)) as connection:
        addresses = connection.execute("SHOW listen_addresses").fetchone()

    assert addresses == ("",)


@as_root
def test_as_root_postgres_runs_as_somebody_else_behind_a_closed_folder(supervisor: Supervisor, home: Path):
    url = a_postgres(supervisor, home)
    sockets = Path(url.partition("host=")[2])

    owner = sockets.stat()

    assert owner.st_uid == Account.named("postgres", "nobody").uid
    assert stat.S_IMODE(owner.st_mode) == 0o700


@as_root
def test_a_home_that_the_servers_user_cannot_reach_gets_its_data_elsewhere(
    supervisor: Supervisor, tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    monkeypatch.setattr(places, "SHARED", home / "shared")

    url = a_postgres(supervisor, closed)

    assert postgres.answers(url)
    assert list((home / "shared").glob("*/servers/postgres/PG_VERSION"))


@as_root
def test_binaries_that_the_servers_user_cannot_reach_are_copied_once(tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(places, "SHARED", home / "shared")
    account = Account.named("nobody")
    tree = tmp_path / "wheel"
    tree.mkdir(mode=0o700)
    shutil.copy("/bin/true", tree / "server")

    copy = places.reachable_copy(account, tree, "server", "1.0")

    assert copy == home / "shared" / "bin" / "wheel-1.0" / "wheel"
    assert reaches(account, copy / "server", os.X_OK)
    assert places.reachable_copy(account, tree, "server", "1.0") == copy


def test_data_of_another_major_version_is_refused_in_words(home: Path):
    where = place(home)
    data = where.folder(where.data, "postgres")
    (data / "PG_VERSION").write_text("12\n")

    with pytest.raises(Trouble, match="written by Postgres 12"):
        postgres.service(where, home / "logs")
    where.sockets.rmdir() if not any(where.sockets.iterdir()) else shutil.rmtree(where.sockets)


def test_a_database_that_is_given_but_silent_is_an_error_that_names_it():
    with pytest.raises(Trouble, match="DATABASE_URL is set, but no Postgres answers"):
        postgres.given({"DATABASE_URL": "postgresql://grader@/grader?host=/nowhere"})


def test_a_redis_that_is_given_but_silent_is_an_error_that_names_it():
    with pytest.raises(Trouble, match="REDIS_URL is set, but no Redis answers"):
        valkey.given({"REDIS_URL": "unix:///nowhere/s?db=0"})


def test_servers_that_are_given_are_used_and_none_is_started():
    given = dict(os.environ)

    assert postgres.given(given) == given["DATABASE_URL"]
    assert valkey.given(given) == given["REDIS_URL"]


@pytest.mark.parametrize("absent", ["postgres", "valkey"])
def test_no_server_at_all_is_an_error_that_names_the_ways(absent: str, home: Path, monkeypatch: pytest.MonkeyPatch):
    nothing = home / "nothing"
    nothing.mkdir()
    module = postgres if absent == "postgres" else valkey
    monkeypatch.setattr(module, "site_packages", lambda: nothing)
    monkeypatch.setattr(postgres, "SYSTEM", nothing)
    monkeypatch.setenv("PATH", str(nothing))
    where = place(home)

    with pytest.raises(Trouble, match="is at hand. Either set"):
        postgres.binaries(where) if absent == "postgres" else valkey.binary(where)
    where.sockets.rmdir()
