"""A web process over a class in which every state of a page occurs, without workers: for pictures and for axe.

The class is made through the site's own services (`tests.pages.world`) in a process of its own, so that whoever drives a
browser needs no ORM: `python -m tests.browser.site_of_states` prints the addresses of its pages as JSON.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from local import site
from local.paths import PYTHON, ROOT
from local.process.supervisor import Supervisor


@dataclass(frozen=True)
class Page:
    """A page to look at: whose it is (None: a stranger's), and its address."""

    name: str
    person: str | None
    path: str


@dataclass(frozen=True)
class SiteOfStates:
    url: str
    pages: tuple[Page, ...]
    password: str


@contextmanager
def site_of_states(supervisor: Supervisor, env: Mapping[str, str]) -> Iterator[SiteOfStates]:
    """Migrate, fill, and serve on a free port. `env` names the servers and the home."""
    env = {**env, "GRADER_DEMO": "1"}  # for the pages that only a demo has
    mark = supervisor.mark()
    logs = Path(env["GRADER_HOME"]) / "logs"
    address = site.Address("127.0.0.1", site.free_port())
    try:
        supervisor.run(site.manage("migrate", env, logs, "migrate", "--no-input"))
        filled = subprocess.run(
            [str(PYTHON), "-m", "tests.browser.site_of_states"],
            env=dict(env),
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        if filled.returncode:
            raise RuntimeError(f"The class of states could not be made:\n{filled.stderr}")
        told = json.loads(filled.stdout.splitlines()[-1])
        supervisor.start(site.web(env, logs, address))
        yield SiteOfStates(address.url, tuple(Page(*page) for page in told["pages"]), told["password"])
    finally:
        supervisor.stop_since(mark)


CLASS = 40  # students of DL-2


def _dl2() -> None:
    """The real course beside the zoo, with a made-up class: what its pages look like to those who learn and teach."""
    from django.utils import timezone

    from assignments.models import Assignment
    from assignments.services import course_load
    from grader.accounts.models import Enrolment, User
    from grader.gradebook.seed.services import class_seed
    from tests.browser.result_of_13 import submission_of_13

    course = course_load(ROOT / "assignments" / "courses" / "dl2").course
    for name, role in {"anna": "student", "vera": "teacher"}.items():
        Enrolment.objects.create(user=User.objects.get(username=name), course=course, role=role)
    class_seed(course, students=CLASS, seed=1, demo=False, tell=lambda said: None)
    Assignment.objects.filter(course=course, slug="13").update(due_at=timezone.now() + timedelta(days=5))
    submission_of_13(User.objects.get(username="anna"))


def _fill() -> None:
    """Make the class and say where its pages are."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "grader.settings")
    import django

    django.setup()
    from tests.browser.pages import pages_of
    from tests.pages.world import PASSWORD, full_world, person

    world = full_world()
    person("nobody", "", "")
    _dl2()
    print(json.dumps({"pages": pages_of(world), "password": PASSWORD}))


if __name__ == "__main__":
    _fill()
