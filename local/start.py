"""The order in which things start: databases, tables, course and cast, web, workers, beat. Used by `up`, its check, and tests."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from local import site
from local.process.supervisor import Supervisor
from local.servers import postgres, valkey
from local.servers.place import place
from local.setup import dataset
from local.site import Address


@dataclass(frozen=True)
class Plan:
    """What is wanted. `throw_away` makes databases fast and forgetful; `extra` is added to the site's environment."""

    home: Path
    address: Address
    demo: bool = True
    throw_away: bool = False
    environ: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    extra: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Site:
    """What has started: its address, and the environment in which commands reach it."""

    address: Address
    env: Mapping[str, str]


def servers(supervisor: Supervisor, home: Path, environ: Mapping[str, str], *, throw_away: bool) -> tuple[str, str]:
    """Start the databases that the environment does not give. Returns DATABASE_URL and REDIS_URL."""
    database, redis = postgres.given(environ), valkey.given(environ)
    if database and redis:
        return database, redis
    where = place(home)
    supervisor.remove_at_end(where.sockets)
    if database is None:
        service, database = postgres.service(where, home / "logs", throw_away=throw_away)
        supervisor.start(service)
        postgres.database_create(database)
    if redis is None:
        service, redis = valkey.service(where, home / "logs", throw_away=throw_away)
        supervisor.start(service)
    return database, redis


def scratch(supervisor: Supervisor) -> Path:
    """A folder for what workers lay aside meanwhile; it goes when we go, also when workers are killed with it in use."""
    made = Path(tempfile.mkdtemp(prefix="hwg-tmp-", dir="/tmp"))  # short: sockets lie in it
    made.chmod(0o711)  # as root, sandboxes run as other users
    supervisor.remove_at_end(made)
    return made


def site_up(supervisor: Supervisor, plan: Plan, *, database: str, redis: str) -> Site:
    """Start the site on databases that are there."""
    env = site.environment(
        plan.environ, home=plan.home, database=database, redis=redis, dataset=dataset.find(plan.environ), demo=plan.demo
    )
    env |= {"TMPDIR": str(scratch(supervisor)), **plan.extra}
    logs = plan.home / "logs"
    supervisor.run(site.manage("migrate", env, logs, "migrate", "--no-input"))
    if plan.demo:
        supervisor.run(site.manage("demo", env, logs, "demo"))
    else:
        supervisor.run(site.manage("course", env, logs, "course_load", "assignments/courses/dl2"))
    supervisor.start(site.web(env, logs, plan.address))
    for worker in site.workers(env, logs):
        supervisor.start(worker)
    supervisor.start(site.beat(env, logs))
    return Site(plan.address, env)
