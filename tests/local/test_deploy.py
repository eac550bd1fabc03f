"""The files that put the service on servers. No engine is at hand to run them: what can be checked by reading is checked."""

from __future__ import annotations

import ast
import asyncio
import importlib.machinery
import importlib.util
import itertools
import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from local.paths import ROOT

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = [name for name, service in SERVICES.items() if "build" in service]
DOCKERFILE = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
UNITS = sorted((ROOT / "deploy" / "systemd").glob("*.service"))


def targets_exist(argv: list[str]) -> None:
    """Every module, application and management command that `argv` names is in this repository."""
    words = shlex.split(argv[2]) if argv[:2] == ["sh", "-c"] else argv
    for before, word in itertools.pairwise(words):
        if before == "-A" or before.endswith("uvicorn"):
            assert importlib.util.find_spec(word.partition(":")[0]), word
        if before == "manage.py":
            commands = [*ROOT.glob(f"*/management/commands/{word}.py"), *ROOT.glob(f"*/*/management/commands/{word}.py")]
            assert commands or word in {"migrate", "collectstatic"}, word
        if word.startswith("assignments/"):
            assert (ROOT / word).is_dir(), word


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_says_how_it_is_made_watched_and_started_again(name: str):
    service = SERVICES[name]

    assert service["restart"] in {"unless-stopped", "no"}
    assert "build" in service or re.search(r":\d+\.\d+", service["image"]), "an image from elsewhere is pinned"
    assert "healthcheck" in service or name == "migrate"
    assert service["logging"]["driver"] == "local", "logs are bounded"


@pytest.mark.parametrize("name", SERVICES)
def test_what_a_service_refers_to_is_declared(name: str):
    service = SERVICES[name]

    assert set(service.get("secrets", [])) <= set(COMPOSE["secrets"])
    assert set(service.get("networks", [])) <= set(COMPOSE["networks"])
    assert set(service.get("depends_on", {})) <= set(SERVICES)
    for volume in service.get("volumes", []):
        source = volume.partition(":")[0]
        assert (ROOT / source).exists() if source.startswith(".") else source in COMPOSE["volumes"], volume
    for option in service.get("security_opt", []):
        if option.startswith("seccomp="):
            assert (ROOT / option.partition("=")[2]).is_file(), option


@pytest.mark.parametrize("name", OURS)
def test_our_containers_run_what_is_in_the_repository(name: str):
    service = SERVICES[name]

    assert re.search(rf"^FROM .* AS {service['build']['target']}$", DOCKERFILE, re.MULTILINE)
    targets_exist(service.get("command", []))


@pytest.mark.parametrize("name", OURS)
def test_our_containers_have_no_capability_and_get_secrets_as_files(name: str):
    service = SERVICES[name]

    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    for variable, value in service["environment"].items():
        if variable in {"SECRET_KEY", "GRADER_SITE_SECRET", "DATABASE_URL"}:
            pytest.fail(f"{variable} stands in the environment")
        if variable.endswith("_FILE"):
            assert value.removeprefix("/run/secrets/") in service["secrets"]


def test_only_proxy_web_duties_and_webhooks_reach_the_world():
    assert {name for name in SERVICES if "outside" in SERVICES[name]["networks"]} == {"proxy", "web", "duties", "webhooks"}
    assert COMPOSE["networks"]["inside"] == {"internal": True}
    assert [name for name in SERVICES if SERVICES[name].get("ports")] == ["proxy"]


@pytest.mark.parametrize(("comes_from", "seen"), [("172.31.251.2", "203.0.113.9"), ("172.18.0.7", "172.18.0.7")])
def test_web_hears_where_a_visitor_comes_from_from_the_proxy_alone(comes_from: str, seen: str):
    trusted = SERVICES["web"]["environment"]["FORWARDED_ALLOW_IPS"]
    assert COMPOSE["networks"]["front"] == {"internal": True, "ipam": {"config": [{"subnet": trusted}]}}
    assert {name for name in SERVICES if "front" in SERVICES[name]["networks"]} == {"proxy", "web"}
    assert "reverse_proxy site:8000" in (ROOT / "deploy" / "Caddyfile").read_text()
    assert "forwarded-allow-ips" not in DOCKERFILE + "".join(unit.read_text() for unit in UNITS)
    met = []

    async def site(scope: Any, receive: Any, send: Any) -> None:
        met.append(scope["client"][0])

    scope = {"type": "http", "scheme": "http", "client": (comes_from, 1), "headers": [(b"x-forwarded-for", b"203.0.113.9")]}
    asyncio.run(ProxyHeadersMiddleware(site, trusted_hosts=trusted)(scope, None, None))  # type: ignore[arg-type]

    assert met == [seen]


def test_only_workers_give_up_dockers_own_filters():
    loose = {name for name in SERVICES if "apparmor=unconfined" in SERVICES[name].get("security_opt", [])}

    assert loose == {"worker-cpu", "worker-gpu"}


def test_every_queue_has_a_worker():
    commands = " ".join(" ".join(service.get("command", [])) for service in SERVICES.values())

    from grader.queue import QUEUES

    for queue in QUEUES:
        assert re.search(rf"-Q (\S+,)?{re.escape(queue)}\b", commands), queue


def test_the_images_copy_only_what_is_there_and_not_ignored():
    allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}

    copied = [word for line in re.findall(r"^COPY (.*)", DOCKERFILE, re.MULTILINE) for word in line.split()[:-1]]

    assert copied
    for path in copied:
        assert (ROOT / path).exists(), path
        assert path.split("/")[0] in allowed, path


def test_the_images_run_as_nobody_in_particular():
    assert DOCKERFILE.count("\nUSER grader\n") == 2
    for argv in re.findall(r"^CMD (.*)", DOCKERFILE, re.MULTILINE):
        targets_exist(json.loads(argv))


def test_the_filter_of_the_workers_refuses_nothing_that_a_sandbox_is_made_of():
    profile = json.loads((ROOT / "deploy" / "seccomp-worker.json").read_text())

    refused = {name for rule in profile["syscalls"] if "args" not in rule for name in rule["names"]}

    assert profile["defaultAction"] == "SCMP_ACT_ALLOW"
    assert refused & {"clone", "unshare", "mount", "umount2", "pivot_root", "prctl", "seccomp", "setns", "capset"} == set()
    assert {"bpf", "ptrace", "keyctl", "init_module", "kexec_load", "io_uring_setup", "userfaultfd"} <= refused


def test_secrets_are_made_once_and_are_never_replaced(tmp_path: Path):
    loader = importlib.machinery.SourceFileLoader("make_secrets", str(ROOT / "deploy" / "make-secrets"))
    spec = importlib.util.spec_from_loader("make_secrets", loader)
    assert spec is not None
    maker = importlib.util.module_from_spec(spec)
    loader.exec_module(maker)

    first = maker.main(["grader.example.org"], tmp_path)
    made = {path.name: path.read_text() for path in (tmp_path / "secrets").iterdir()}
    again = maker.main(["other.example.org"], tmp_path)

    assert (first, again) == (0, 0)
    assert made == {path.name: path.read_text() for path in (tmp_path / "secrets").iterdir()}
    assert set(made) == {entry["file"].removeprefix("secrets/") for entry in COMPOSE["secrets"].values()}
    assert made["postgres_password"] in made["database_url"]
    assert "https://grader.example.org" in (tmp_path / ".env").read_text()


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_a_unit_starts_what_is_in_the_repository(unit: Path):
    text = unit.read_text()
    argv = shlex.split(re.findall(r"^ExecStart=(.*)", text, re.MULTILINE)[0])

    targets_exist(argv)
    assert "User=grader" in text
    assert "KillMode=mixed" in text


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd here")
@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_systemd_understands_a_unit(unit: Path, tmp_path: Path):
    # Programs lie elsewhere on the machine that it is for; everything else must be right.
    here = tmp_path / unit.name
    here.write_text(re.sub(r"^ExecStart=\S+", "ExecStart=/bin/true", unit.read_text(), flags=re.MULTILINE))

    done = subprocess.run(["systemd-analyze", "verify", "--man=no", here], capture_output=True, text=True, check=False)

    assert unit.name not in done.stderr or "User=" in done.stderr, done.stderr


def test_requirements_do_not_contradict_each_other():
    pins: dict[str, set[str]] = {}
    for file in [ROOT / "requirements.txt", *(ROOT / "requirements").glob("*.txt")]:
        for name, version in re.findall(r"^([A-Za-z0-9_.-]+)(?:\[[\w,]+\])?==([\w.+]+)", file.read_text(), re.MULTILINE):
            pins.setdefault(re.sub(r"[-_.]+", "-", name).lower(), set()).add(version)

    assert {name: versions for name, versions in pins.items() if len(versions) > 1} == {}


# What a module that the site imports is called in requirements/web.txt.
BROUGHT = {
    "django": "Django",
    "asgiref": "Django",
    "celery": "celery",
    "kombu": "celery",
    "redis": "redis",
    "psycopg": "psycopg",
    "yaml": "PyYAML",
    "csp": "django-csp",
    "whitenoise": "whitenoise",
    "ninja": "django-ninja",
    "pydantic": "pydantic",
    "nh3": "nh3",
    "cryptography": "cryptography",
    "markdown_it": "markdown-it-py",
    "latex2mathml": "latex2mathml",
    "pygments": "Pygments",
    "httpx": "httpx",
    "httpcore": "httpx",
    "standardwebhooks": "standardwebhooks",
}


def imported(path: Path) -> set[str]:
    """The packages that a module imports as it is loaded."""
    found: set[str] = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            found.add(node.module.partition(".")[0])
    return found - sys.stdlib_module_names - {"grader", "assignments", "worker"}


def test_the_site_image_has_every_package_that_the_site_imports():
    """What grader/, assignments/ and what duties load of worker/ import, against requirements/web.txt."""
    rooms = [path for room in ("grader", "assignments") for path in (ROOT / room).rglob("*.py")]
    files = [path for path in rooms if not {"courses", "locale"} & {*path.parts}] + [*(ROOT / "worker").glob("*.py")]
    listed = (ROOT / "requirements" / "web.txt").read_text()

    foreign = sorted(set[str]().union(*map(imported, files)))

    assert [name for name in foreign if name not in BROUGHT] == []
    assert [name for name in foreign if not re.search(rf"^{BROUGHT[name]}[=\[]", listed, re.MULTILINE)] == []
