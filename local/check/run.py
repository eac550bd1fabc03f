"""The check from its beginning to its end: start, the steps, stop, and what it all came to."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from local import site, start
from local.check import steps
from local.check.receiver import Receiver
from local.check.sample import Sample, sample
from local.check.visitor import Visitor
from local.process.supervisor import Interrupted, Supervisor
from local.say import Trouble, line
from local.site import Address, free_port

_EXTRA = {"GRADER_SWEEP_S": "1", "GRADER_WEBHOOK_ALLOW": "127.0.0.0/8", "GRADER_WEBHOOK_HTTP": "1"}
_NOT_OURS = {"DATABASE_URL", "REDIS_URL", "DATABASE_URL_FILE", "REDIS_URL_FILE"}


def main() -> int:
    """Exit 0 when every step went well, 1 when one failed (it is named), 130 when interrupted."""
    begun = time.monotonic()
    home = Path(tempfile.mkdtemp(prefix="hwg-check-", dir="/tmp"))
    home.chmod(0o711)  # as root, the servers run as another user
    supervisor = Supervisor(tell=lambda _: None)
    supervisor.listen()
    supervisor.remove_at_end(home)
    try:
        found = _try_out(supervisor, home)
    except Interrupted:
        line("\nStopped.")
        return 130
    except Trouble as trouble:
        line(f"\n{trouble}")
        line(steps.log_tail(home))
        return 1
    finally:
        supervisor.stop()
        shutil.rmtree(home, ignore_errors=True)
    line(f"\nAll is well, in {time.monotonic() - begun:.0f} s, and everything is stopped and removed.")
    print(found)  # the result, on stdout: all else is progress, on stderr
    return 0


def plan_of(home: Path, environ: Mapping[str, str] = os.environ) -> start.Plan:
    """A site in `home` with databases of its own: those that the caller's environment names hold real work, which a check
    must neither migrate nor put a demo class into.
    """
    ours = {name: value for name, value in environ.items() if name not in _NOT_OURS}
    return start.Plan(home, Address("127.0.0.1", free_port()), throw_away=True, environ=ours, extra=_EXTRA)


def _try_out(supervisor: Supervisor, home: Path) -> str:
    chosen = sample()
    plan = plan_of(home)
    database, redis = start.servers(supervisor, home, plan.environ, throw_away=True)
    up = start.site_up(supervisor, plan, database=database, redis=redis)
    receiver = Receiver()
    receiver.secret = _register(supervisor, up, home, receiver.url)
    receiver.listen()
    try:
        return _visit(up.address.url, receiver, chosen)
    finally:
        receiver.close()


def _register(supervisor: Supervisor, up: start.Site, home: Path, url: str) -> str:
    """Have the site tell `url` of grades; the secret that it prints once."""
    command = site.manage("webhook", up.env, home / "logs", "webhook_create", "--url", url, "--events", "grade.changed")
    supervisor.run(command)
    found = re.search(r"whsec_[A-Za-z0-9+/=_-]+", command.log.read_text())
    if not found:
        raise Trouble(f"webhook_create printed no secret:\n{command.log.read_text()}")
    return found[0]


def _visit(url: str, receiver: Receiver, chosen: Sample) -> str:
    with steps.named("Student and teacher log in"):
        student, teacher = Visitor(url), Visitor(url)
        student.log_in("student", "student")
        teacher.log_in("teacher", "teacher")
    page = steps.hand_in(student, chosen)
    result, score, max_score = steps.wait_for_result(student, page)
    steps.saw(f"{chosen.course}/{chosen.slug}: {score} of {max_score} points ({result.url.path})")
    steps.look_into_gradebook(teacher, chosen, "student", score)
    steps.wait_for_webhook(receiver, score, max_score)
    if score != max_score:
        raise steps.Failed(f"The sample is a reference solution and should have had all {max_score} points, but has {score}.")
    return f"{chosen.course}/{chosen.slug}: {score} of {max_score} points; gradebook and signed webhook agree"
