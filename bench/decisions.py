"""What a teacher waits for when something is decided for a whole class at once: other rules, more time for everybody.

    .venv/bin/python -m bench.decisions [--students 500] [--assignments 22] [--rounds 5]

A Postgres and a Valkey of its own, filled by `seed_class`; each request is made whole, by Django's client in this process, with
its transaction committed and the doorbell rung: as long as the teacher's browser would wait, less the network. In each round
another assignment's rules are changed, so that each grade in it that has a score gets another one. Ends with 1 where a
request took longer than two seconds.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.gradebook import _course, _servers
from bench.overhead import machine
from local import site
from local.paths import PYTHON, ROOT
from local.servers import postgres

LONGEST_S = 2.0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--students", type=int, default=500)
    parser.add_argument("--assignments", type=int, default=22)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)  # in a process that has the database
    options = parser.parse_args()
    if options.inside:
        print(json.dumps(_decide(options.students, options.assignments, options.rounds)))
        return 0
    print(f"{machine()}; {options.students} x {options.assignments}; {options.rounds} rounds", flush=True)
    with _servers() as (supervisor, env):
        postgres.database_create(env["DATABASE_URL"], "bench_decisions")
        env |= {"DATABASE_URL": postgres.with_database(env["DATABASE_URL"], "bench_decisions")}
        supervisor.run(site.manage("migrate", env, Path(env["GRADER_HOME"]) / "logs", "migrate", "--no-input"))
        argv = [str(PYTHON), "-m", "bench.decisions", "--inside", *sys.argv[1:]]
        told = subprocess.run(argv, env=env, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True).stdout
    found: dict[str, list[tuple[float, int, int]]] = json.loads(told.splitlines()[-1])
    print("| what | grades changed | queries | s |\n|---|---|---|---|")
    for what, rounds in found.items():
        seconds, queries, changed = ([one[at] for one in rounds] for at in range(3))
        took = f"{statistics.median(seconds):.2f} ({min(seconds):.2f}-{max(seconds):.2f})"
        print(f"| {what} | {min(changed)}-{max(changed)} | {max(queries)} | {took} |")
    print(f"\nload after {' '.join(f'{one:.1f}' for one in os.getloadavg())}")
    return int(any(one[0] > LONGEST_S for rounds in found.values() for one in rounds))


# ---------------------------------------------------------------- inside of the site


def _decide(students: int, assignments: int, rounds: int) -> dict[str, list[tuple[float, int, int]]]:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "grader.settings")
    import django

    django.setup()
    from django.conf import settings
    from django.db import connection
    from django.db.models import Count
    from django.test import Client

    from assignments.models import Assignment
    from assignments.services import course_load
    from grader.accounts.models import Enrolment
    from grader.gradebook.seed.services import class_seed

    settings.ALLOWED_HOSTS.append("testserver")
    with tempfile.TemporaryDirectory() as parent:
        course = course_load(_course(Path(parent), assignments)).course
    class_seed(course, students=students, seed=1, demo=False, tell=lambda words: print(words, file=sys.stderr))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    client = Client()
    client.force_login(Enrolment.objects.get(course=course, role="teacher").user)
    client.get("/courses/bench/gradebook/")
    found: dict[str, list[tuple[float, int, int]]] = {"rules foreseen": [], "rules set": [], "more time for all": []}
    largest = Assignment.objects.filter(course=course).annotate(grades_there=Count("grades")).order_by("-grades_there", "pk")
    for assignment in largest[:rounds]:
        rules, address = _rules(assignment), f"/courses/bench/settings/{assignment.slug}/"
        more = {"action": "extension", "step": "apply", "assignment": assignment.slug, "due": "2030-01-01T00:00", "reason": "Ill"}
        found["rules foreseen"].append(_timed(client, address, rules, 200))
        found["rules set"].append(_timed(client, address, {**rules, "sure": "1"}, 302))
        found["more time for all"].append(_timed(client, "/courses/bench/gradebook/bulk", more, 302))
    return found


def _rules(assignment: Any) -> dict[str, Any]:
    """Due before anybody sent anything in, and late work costs: what a form with that in it sends."""
    from grader.gradebook.policies import rules_of

    empty = dict.fromkeys(("attempts", "minutes", "opens_at", "closes_at"), "")
    late = {"due_at": "2001-01-01T00:00", "hours": ["0"], "percent": ["10"]}
    return {**empty, **late, "policy": "best", "comment": "A slip in the rules", "seen": rules_of(assignment).seal}


def _timed(client: Any, address: str, fields: dict[str, Any], wanted: int) -> tuple[float, int, int]:
    """Seconds, queries and rows of history of a request."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from grader.gradebook.models import GradeChange

    before = GradeChange.objects.count()
    with CaptureQueriesContext(connection) as asked:
        began = time.perf_counter()
        answer = client.post(address, fields)
        took = time.perf_counter() - began
        queries = len(asked)
    if answer.status_code != wanted:
        raise SystemExit(f"answered {answer.status_code}: {answer.content[:2000].decode()}")
    return took, queries, GradeChange.objects.count() - before


if __name__ == "__main__":
    sys.exit(main())
