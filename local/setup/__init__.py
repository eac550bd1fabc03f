"""From a bare machine to one where everything is at hand: a virtual environment, packages, bubblewrap, the data set, a browser.

Every step looks first whether there is anything to do, so a second run takes a moment. Standard library only: this runs
before there is a virtual environment. As root it may install Debian packages; as anyone else it never asks for more
rights, it takes the way without them or says one line that an administrator can run.
"""

from __future__ import annotations

import shutil

from local.setup import browser, bubblewrap, dataset, debian, packages, venv

OF_EXAMPLES = ("curl", "openssl")  # what the docs' examples call, and so their tests


def for_running() -> None:
    """All that `./dev up` needs."""
    venv.ensure()
    packages.ensure("run")
    bubblewrap.ensure()
    dataset.ensure()


def for_checking() -> None:
    """All that `./dev check` needs."""
    venv.ensure()
    packages.ensure("run")
    packages.ensure("dev")


def for_testing() -> None:
    """All that `./dev test` needs."""
    for_running()
    packages.ensure("dev")
    browser.ensure()
    missing = [name for name in OF_EXAMPLES if shutil.which(name) is None]
    if missing:
        debian.require(*missing, why=f"The tests run the docs' examples, and these call {' and '.join(missing)}.")
