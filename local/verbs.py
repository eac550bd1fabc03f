"""What `./dev` offers. Each verb makes sure that what it needs is there, then becomes the program that does the work."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn

from local import setup
from local.paths import PYTHON, ROOT
from local.say import Trouble, line


@dataclass(frozen=True)
class Verb:
    """`needs` is set-up; then the venv's Python runs `argv` and what the person typed after the verb."""

    does: str
    needs: Callable[[], None]
    argv: tuple[str, ...]


VERBS = {
    "up": Verb(
        "start the whole service here and print where it is (--check: try it once)",
        setup.for_running,
        ("-m", "local.up"),
    ),
    "test": Verb(
        "run the tests: real Postgres, Redis, sandbox and browser (in lanes side by side; what pytest takes: one pytest)",
        setup.for_testing,
        ("-m", "local.lanes"),
    ),
    "check": Verb("look at the code without running it: ruff, mypy, import-linter", setup.for_checking, ("-m", "local.lint")),
    "golden": Verb(
        "grade the golden notebooks and compare with what is expected (--engines: on each engine, and without a sandbox)",
        setup.for_testing,
        ("-m", "tests.golden.run"),
    ),
    "attacks": Verb(
        "try every hostile notebook on both engines (--quick, --engine, --only)", setup.for_testing, ("-m", "tests.attacks.run")
    ),
    "hostile": Verb(
        "send every value that has brought services down to every page, form and address, the admin's too",
        setup.for_testing,
        ("-m", "pytest", "tests/hostile", "-m", "hostile or not hostile"),
    ),
    "faults": Verb(
        "let receivers of webhooks misbehave, kill their dispatcher again and again, and see every grade arrive (--seed, --weak)",
        setup.for_testing,
        ("-m", "tests.faults.run"),
    ),
    "shots": Verb("picture the pages in Chromium into var/shots", setup.for_testing, ("-m", "tests.browser.shots")),
    "gpu-check": Verb(
        "train a small net in a sandbox on each GPU, or say that there is none", setup.for_running, ("-m", "worker.gpu_check")
    ),
}


def main(argv: list[str]) -> int:
    """Run `./dev VERB …`; without a verb, list them."""
    if not argv or argv[0] in {"-h", "--help", "help"}:
        line("./dev VERB\n")
        for name, verb in VERBS.items():
            line(f"  {name:10} {verb.does}")
        return 0
    name, *rest = argv
    if name not in VERBS:
        line(f"./dev knows no verb {name!r}. It knows: {', '.join(VERBS)}.")
        return 2
    verb = VERBS[name]
    try:
        verb.needs()
    except Trouble as trouble:
        line(f"\n{trouble}")
        return 1
    except KeyboardInterrupt:
        line("\nStopped. Run it again to go on from here.")
        return 130
    return _become([str(PYTHON), *verb.argv, *rest])


def _become(argv: list[str]) -> NoReturn:
    os.chdir(ROOT)
    sys.stderr.flush()
    os.execv(argv[0], argv)
