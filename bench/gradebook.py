"""What the gradebook costs: queries, time of the server, bytes, first paint, for small and large classes.

    .venv/bin/python -m bench.gradebook [--students 30,500,5000] [--assignments 22] [--rounds 30] [--shots DIR]

For each size a database of its own on a Postgres of its own, filled by `seed_class`, and a real web process. *Server* is the time
from asking to the last byte over HTTP on this machine, with gzip, one request at a time, after three that warm up; *304* the same
where the browser has the page already. *CPU* is the Python process's own time for a page, without Postgres: it depends less
on what others do. *First paint* is Chromium's own figure of a fresh page. Budgets are for 500 by 22: at most 8 queries, 100 ms at
the 95th percentile, 150 KB gzipped; the program ends with 1 where one is broken.
"""

from __future__ import annotations

import argparse
import gzip
import http.client
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, sync_playwright

from bench.overhead import machine
from local import site, start
from local.paths import PYTHON, ROOT
from local.process.supervisor import Supervisor
from local.servers import postgres
from local.setup import browser as chromium

BUDGET = {"queries": 8, "p95_ms": 100.0, "gzip_kb": 150.0}
DL2 = ROOT / "assignments" / "courses" / "dl2"
PAGE = "/courses/bench/gradebook/"


@dataclass(frozen=True)
class Filled:
    """A class that is there: how to be its teacher, and what the page asked of the database."""

    cookies: dict[str, str]
    queries: int
    cpu_ms: list[float]
    seeded_s: float
    grades: int


@dataclass(frozen=True)
class Figures:
    students: int
    filled: Filled
    server_ms: list[float]
    not_modified_ms: list[float]
    raw_kb: float
    gzip_kb: float
    paint_ms: list[float]

    @property
    def p95(self) -> float:
        return statistics.quantiles(self.server_ms, n=20)[-1]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--students", default="30,500,5000")
    parser.add_argument("--assignments", type=int, default=22)
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--shots", type=Path, help="also write pictures of the page here")
    parser.add_argument("--fill", type=int, help=argparse.SUPPRESS)  # in a process of its own, with a database of its own
    options = parser.parse_args()
    if options.fill:
        print(json.dumps(_fill(options.fill, options.assignments)))
        return 0
    print(f"{machine()}; {options.rounds} rounds")
    sizes = [int(size) for size in options.students.split(",")]
    with _servers() as (supervisor, env), sync_playwright() as playwright:
        args = ["--disable-gpu", "--no-first-run", "--disable-background-networking", "--no-sandbox"]
        browser = playwright.chromium.launch(executable_path=chromium.find(), args=args)
        print(f"| {' | '.join(_heads(options.assignments))} |\n|{'---|' * len(_heads(0))}", flush=True)
        found = []
        for size in sizes:
            found.append(_measure(supervisor, env, browser, size, options))
            print(_line(found[-1]), flush=True)
        browser.close()
    print(f"\nload after {' '.join(f'{one:.1f}' for one in os.getloadavg())}")
    broken = [words for one in found if one.students == 500 and options.assignments == 22 for words in _broken(one)]
    print("\n".join(broken) or "Every budget is kept.")
    return 1 if broken else 0


@contextmanager
def _servers() -> Iterator[tuple[Supervisor, dict[str, str]]]:
    supervisor = Supervisor(tell=lambda _: None)
    home = Path(tempfile.mkdtemp(prefix="hwg-bench-", dir="/tmp"))
    home.chmod(0o711)
    supervisor.remove_at_end(home)
    env = dict(os.environ) | {
        "GRADER_HOME": str(home),
        "GRADER_DEMO": "0",
        "SECRET_KEY": "k" * 50,
        "GRADER_SITE_SECRET": "s" * 50,
    }
    try:
        env["DATABASE_URL"], env["REDIS_URL"] = start.servers(supervisor, home, env, throw_away=True)
        yield supervisor, env
    finally:
        supervisor.stop()


def _measure(supervisor: Supervisor, env: dict[str, str], browser: Browser, size: int, options: argparse.Namespace) -> Figures:
    mark = supervisor.mark()
    name = f"bench_{size}"
    postgres.database_create(env["DATABASE_URL"], name)
    env = env | {"DATABASE_URL": postgres.with_database(env["DATABASE_URL"], name)}
    logs = Path(env["GRADER_HOME"]) / "logs"
    supervisor.run(site.manage("migrate", env, logs, "migrate", "--no-input"))
    argv = [str(PYTHON), "-m", "bench.gradebook", "--fill", str(size), "--assignments", str(options.assignments)]
    told = subprocess.run(argv, env=env, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True).stdout
    filled = Filled(**json.loads(told.splitlines()[-1]))
    address = site.Address("127.0.0.1", site.free_port())
    try:
        supervisor.start(site.web(env, logs, address))
        server, not_modified, body = _times(address.url, filled.cookies, options.rounds)
        paint = _paint(browser, address.url, filled.cookies, options, size)
    finally:
        supervisor.stop_since(mark)
    raw = gzip.decompress(body)
    return Figures(size, filled, server, not_modified, len(raw) / 1024, len(body) / 1024, paint)


def _times(url: str, cookies: dict[str, str], rounds: int) -> tuple[list[float], list[float], bytes]:
    """Milliseconds of full answers and of 304s, and the gzipped page."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
    headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()), "Accept-Encoding": "gzip"}

    def ask(**more: str) -> tuple[float, int, str, bytes]:
        began = time.perf_counter()
        connection.request("GET", PAGE, headers=headers | more)
        answer = connection.getresponse()
        body = answer.read()
        return 1000 * (time.perf_counter() - began), answer.status, answer.headers.get("ETag", ""), body

    for _ in range(3):
        _, status, tag, body = ask()
        if status != 200:
            raise SystemExit(f"{PAGE} answered {status}")
    full = [ask()[0] for _ in range(rounds)]
    known = [ask(**{"If-None-Match": tag}) for _ in range(rounds)]
    if {one[1] for one in known} != {304}:
        raise SystemExit("a page that did not change was sent again")
    return full, [one[0] for one in known], body


def _paint(browser: Browser, url: str, cookies: dict[str, str], options: argparse.Namespace, size: int) -> list[float]:
    """Milliseconds from the start of navigation to first contentful paint."""
    found = []
    for _ in range(5):
        context = browser.new_context(viewport={"width": 1280, "height": 800})
        context.add_cookies([{"name": name, "value": value, "url": url} for name, value in cookies.items()])
        tab = context.new_page()
        tab.goto(url + PAGE, wait_until="load")
        tab.wait_for_function("performance.getEntriesByName('first-contentful-paint').length > 0")
        found.append(tab.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime"))
        if options.shots and len(found) == 1:
            options.shots.mkdir(parents=True, exist_ok=True)
            tab.screenshot(path=str(options.shots / f"gradebook-{size}.png"))
        context.close()
    return found


def _broken(one: Figures) -> list[str]:
    measured = {"queries": float(one.filled.queries), "p95_ms": one.p95, "gzip_kb": one.gzip_kb}
    return [
        f"BUDGET {name}: {measured[name]:.0f} is more than {most:.0f}" for name, most in BUDGET.items() if measured[name] > most
    ]


def _heads(assignments: int) -> list[str]:
    heads = [f"students x {assignments}", "grades", "seeded, s", "queries", "server, ms", "p95, ms", "CPU, ms", "304, ms"]
    return [*heads, "raw, KB", "gzip, KB", "first paint, ms"]


def _line(one: Figures) -> str:
    filled = one.filled
    times = [_spread(one.server_ms), f"{one.p95:.0f}", _spread(filled.cpu_ms), _spread(one.not_modified_ms)]
    sizes = [f"{one.raw_kb:.0f}", f"{one.gzip_kb:.0f}", _spread(one.paint_ms)]
    shown = [str(one.students), str(filled.grades), f"{filled.seeded_s:.0f}", str(filled.queries), *times, *sizes]
    return f"| {' | '.join(shown)} |"


def _spread(values: list[float]) -> str:
    return f"{statistics.median(values):.0f} ({min(values):.0f}-{max(values):.0f})"


# ---------------------------------------------------------------- inside of the site


def _fill(size: int, assignments: int) -> dict[str, object]:
    """Make the class, log its teacher in, and count what one page asks of the database."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "grader.settings")
    import django

    django.setup()
    from django.conf import settings
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from assignments.services import course_load
    from grader.accounts.models import Enrolment
    from grader.gradebook.models import Grade
    from grader.gradebook.seed.services import class_seed

    settings.ALLOWED_HOSTS.append("testserver")
    with tempfile.TemporaryDirectory() as parent:
        course = course_load(_course(Path(parent), assignments)).course
    began = time.monotonic()
    class_seed(course, students=size, seed=1, demo=False, tell=lambda words: print(words, file=sys.stderr))
    took = time.monotonic() - began
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    client = Client()
    client.force_login(Enrolment.objects.get(course=course, role="teacher").user)
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "ru"
    client.get(PAGE)
    with CaptureQueriesContext(connection) as asked:
        client.get(PAGE)
        queries = len(asked)  # now, since the next request begins to count anew
    cookies = {name: morsel.value for name, morsel in client.cookies.items()}
    cpu = [_cpu(lambda: client.get(PAGE)) for _ in range(9)]
    grades = Grade.objects.filter(assignment__course=course).count()
    return {"cookies": cookies, "queries": queries, "cpu_ms": cpu, "seeded_s": took, "grades": grades}


def _cpu(act: Callable[[], object]) -> float:
    began = time.process_time()
    act()
    return 1000 * (time.process_time() - began)


def _course(parent: Path, assignments: int) -> Path:
    """DL-2, and copies of its quizzes under other names until there are as many as asked for."""
    import yaml

    told = yaml.safe_load((DL2 / "course.yaml").read_text("utf-8"))
    quizzes = [slug for slug in told["assignments"] if not (DL2 / slug / "starter.ipynb").is_file()]
    folder = parent / "bench"
    shutil.copytree(DL2, folder)
    slugs = list(told["assignments"])[:assignments]
    for number in range(assignments - len(slugs)):
        slug = f"{quizzes[number % len(quizzes)]}-{number // len(quizzes) + 2}"
        shutil.copytree(DL2 / quizzes[number % len(quizzes)], folder / slug)
        slugs.append(slug)
    (folder / "course.yaml").write_text(yaml.safe_dump({**told, "assignments": slugs}, allow_unicode=True), "utf-8")
    return folder


if __name__ == "__main__":
    sys.exit(main())
