"""The site as command lines: which processes it is made of, what they are told by environment, how they like to be stopped.

This is all that `local` knows of the site; nothing of it is imported.
"""

from __future__ import annotations

import http.client
import os
import signal
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from local.paths import PYTHON, ROOT
from local.process.service import OneShot, Service, Stop

# A worker finishes its run on TERM; QUIT makes it give the run back. A run that is cut off is found by the sweeper.
_WORKER_STOP: Stop = ((signal.SIGTERM, 4.0), (signal.SIGQUIT, 8.0), (signal.SIGKILL, 5.0))
# How each member of the demo class logs in. `manage.py demo` makes them; GRADER_DEMO=0 or another HOST than loopback does not.
CAST = ("student", "teacher", "admin")


@dataclass(frozen=True)
class Address:
    """Where the web process listens."""

    host: str
    port: int

    @property
    def local(self) -> bool:
        return self.host in {"127.0.0.1", "localhost", "::1"}

    @property
    def near(self) -> str:
        """The host to connect to from this machine."""
        return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104 - compared, not bound

    @property
    def url(self) -> str:
        host = f"[{self.near}]" if ":" in self.near else self.near
        return f"http://{host}:{self.port}"


def free_port() -> int:
    """A port of the loopback that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(
    base: Mapping[str, str], *, home: Path, database: str, redis: str, dataset: Path | None, demo: bool
) -> dict[str, str]:
    """What every process of the site gets. What the person has set stays; addresses and the home are ours."""
    env = {"GRADER_FASHION_MNIST": str(dataset or ""), "TF_CPP_MIN_LOG_LEVEL": "3", **base}
    env |= {"GRADER_HOME": str(home), "DATABASE_URL": database, "REDIS_URL": redis, "GRADER_DEMO": "1" if demo else "0"}
    env |= {"PYTHONUNBUFFERED": "1", "DJANGO_SETTINGS_MODULE": "grader.settings"}
    return env


def manage(name: str, env: Mapping[str, str], logs: Path, *argv: str) -> OneShot:
    """A management command as a one-shot."""
    return OneShot(name, (str(PYTHON), "manage.py", *argv), env, ROOT, logs / f"{name}.log")


def web(env: Mapping[str, str], logs: Path, address: Address) -> Service:
    argv = [str(PYTHON), "-m", "uvicorn", "grader.asgi:application", "--host", address.host, "--port", str(address.port)]
    if env.get("GRADER_BEHIND_PROXY", "").lower() in {"", "0", "false", "no", "off"}:
        argv.append("--no-proxy-headers")  # nobody stands before it, so nobody says for a visitor where they come from
    return Service(
        name="web",
        argv=(*argv, "--lifespan", "off", "--no-server-header", "--timeout-graceful-shutdown", "5"),
        env={**env, "GRADER_ROLE": "web"},
        cwd=ROOT,
        log=logs / "web.log",
        ready=lambda: healthy(address),
        restart=True,
    )


def workers(env: Mapping[str, str], logs: Path) -> list[Service]:
    """A worker for runs on CPU, one for short duties, one for GPUs where there are any: a long run must hold nobody up."""
    slots = env.get("GRADER_CPU_SLOTS") or str(max(1, (os.cpu_count() or 2) // 2))
    gpus = [gpu for gpu in env.get("GRADER_GPUS", "").split(",") if gpu.strip()]
    found = [_worker("worker", "grade.cpu", slots, env, logs), _worker("duties", "notify,maintenance", "1", env, logs)]
    found.append(_worker("webhooks", "webhooks", "12", env, logs, "-P", "threads"))  # they wait for others' servers
    if gpus:
        found.append(_worker("worker-gpu", "grade.gpu", str(len(gpus)), env, logs))
    return found


def _worker(name: str, queues: str, slots: str, env: Mapping[str, str], logs: Path, *more: str) -> Service:
    return Service(
        name=name,
        argv=(
            *(str(PYTHON), "-m", "celery", "-A", "grader.queue", "worker", "-n", f"{name}@%h", "-Q", queues, "-c", slots),
            *("--without-gossip", "--without-mingle", "-l", "INFO", *more),
        ),
        env={**env, "GRADER_ROLE": "worker"},
        cwd=ROOT,
        log=logs / f"{name}.log",
        ready=log_says(logs / f"{name}.log", b" ready."),
        ready_within_s=90,
        restart=True,
        stop=_WORKER_STOP,
    )


def beat(env: Mapping[str, str], logs: Path) -> Service:
    argv = (
        str(PYTHON),
        "-m",
        "celery",
        "-A",
        "grader.queue",
        "beat",
        "-s",
        str(logs.parent / "beat.db"),
        "--pidfile=",
        "-l",
        "WARNING",
    )
    return Service("beat", argv, {**env, "GRADER_ROLE": "worker"}, ROOT, logs / "beat.log", restart=True)


def healthy(address: Address) -> bool:
    """Whether /healthz answers 200."""
    line = http.client.HTTPConnection(address.near, address.port, timeout=5)
    try:
        line.request("GET", "/healthz", headers={"Host": f"localhost:{address.port}"})
        return line.getresponse().status == 200
    except OSError:
        return False
    finally:
        line.close()


def log_says(log: Path, words: bytes) -> Callable[[], bool]:
    """A readiness question: has `words` been written to `log` since now? Celery has no cheaper sign that it consumes."""
    offset = log.stat().st_size if log.exists() else 0

    def ready() -> bool:
        if not log.exists():
            return False
        with log.open("rb") as file:
            file.seek(offset if log.stat().st_size >= offset else 0)
            return words in file.read()

    return ready
