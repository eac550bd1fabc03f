"""`./dev faults`: a class's grades reach nine-lived receivers while everything is killed. Exit code 0: all of it held.

./dev faults [--seed N] [--changes 1200] [--over 60]      the whole
./dev faults --quick                                      a small one, of some twenty seconds
./dev faults --weak NAME | all                            a dispatcher with a promise broken: exit code 0 if it is caught
"""

from __future__ import annotations

import argparse
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from local import start
from local.process.supervisor import Supervisor

if TYPE_CHECKING:
    from tests.faults.trial import Outcome

WEAK = {  # and what must be said of each
    "says_delivered_first": "events never arrived",
    "takes_every_answer_for_yes": "events never arrived",
    "reads_in_the_order_of_numbers": "events never got a message",
    "new_id_at_each_try": "messages came again under another webhook-id",
    "new_body_at_each_try": "messages came again with another body",
    "gives_up_at_once": "messages were given up before their schedule was over",
}
SCHEDULE = "1,1,2,2,3,3,4,4,5"


def main(argv: Sequence[str]) -> int:
    given = _arguments(argv)
    if given.weak == "all":
        return max(_weak_one(name, given.seed) for name in WEAK)
    print(f"seed {given.seed}", flush=True)
    began = time.monotonic()
    supervisor = Supervisor(tell=lambda said: print(said, file=sys.stderr))
    home = Path(tempfile.mkdtemp(prefix="hwg-faults-", dir="/tmp"))
    home.chmod(0o711)
    supervisor.remove_at_end(home)
    try:
        outcome = _run(supervisor, home, given)
    finally:
        for log in home.glob("*.log") if given.keep else ():
            shutil.copy(log, given.keep)
        supervisor.stop()
    return _say(outcome, given, time.monotonic() - began)


def _arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="./dev faults", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6))
    parser.add_argument("--changes", type=int, default=1200)
    parser.add_argument("--over", type=float, default=60.0, help="seconds that the changes are spread over")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--keep", type=Path, help="a folder for the logs of the dispatcher's processes")
    parser.add_argument("--weak", choices=[*WEAK, "all"])
    return parser.parse_args(argv)


def _weak_one(name: str, seed: int) -> int:
    argv = [sys.executable, "-m", "tests.faults.run", "--weak", name, "--seed", str(seed)]
    return subprocess.run(argv, check=False).returncode


def _run(supervisor: Supervisor, home: Path, given: argparse.Namespace) -> Outcome:
    database, redis = start.servers(supervisor, home, dict(os.environ), throw_away=True)
    os.environ |= {
        "GRADER_HOME": str(home),
        "DATABASE_URL": database,
        "REDIS_URL": redis,
        "SECRET_KEY": secrets.token_hex(32),
        "GRADER_SITE_SECRET": secrets.token_hex(32),
        "GRADER_DEMO": "0",
        "GRADER_ROLE": "worker",
        "GRADER_SWEEP_S": "1",
        "GRADER_WEBHOOK_ALLOW": "127.0.0.0/8",
        "GRADER_WEBHOOK_HTTP": "1",
        "GRADER_WEBHOOK_TIMEOUT_S": "1",
        "GRADER_WEBHOOK_RETRY_S": SCHEDULE,
        "DJANGO_SETTINGS_MODULE": "grader.settings",
        "FAULTS_WEAK": given.weak or "",
    }
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    from tests.faults.trial import BAD, Size, trial

    if given.weak or given.quick:
        bad = {name: BAD[name] for name in ("rude", "hanging")}
        size = Size(changes=90, over_s=8, students=4, kills=not given.weak, bad=bad)
    else:
        size = Size(changes=given.changes, over_s=given.over, students=15)
    app = {"app": "tests.faults.weak"} if given.weak else {}
    return trial(size, seed=given.seed, env=dict(os.environ), place=home, **app)


def _say(outcome: Outcome, given: argparse.Namespace, took_s: float) -> int:
    from tests.faults.trial import percentiles

    written = outcome.written
    print(f"{written.changes} grade changes, {len(written.committed)} events committed, {len(written.undone)} rolled back")
    print(f"{outcome.kills} kills, {outcome.pressed} buttons pressed, Redis emptied once")
    print(f"faults: {', '.join(f'{name} {number}' for name, number in outcome.injected.most_common())}")
    print(f"tries: {', '.join(f'{name} {number}' for name, number in outcome.logged.most_common())}")
    print(f"{outcome.arrivals} arrivals, {outcome.doubled} of them again; {outcome.replayed} sent again by a person")
    for name, lags in outcome.lags.items():
        print(f"{name}: seconds from event to receiver, middle / p95 / most: {percentiles(lags)}")
    for said in outcome.complaints:
        print(f"NOT HELD: {said}")
    caught = given.weak and any(WEAK[given.weak] in said for said in outcome.complaints)
    good = caught if given.weak else not outcome.complaints
    words = ("caught" if good else "NOT CAUGHT") if given.weak else ("everything held" if good else "not everything held")
    print(f"{given.weak + ': ' if given.weak else ''}{words}, {took_s:.0f} s, seed {given.seed}", flush=True)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
