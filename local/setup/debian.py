"""Debian packages: installed where we are root, else the line that an administrator would run."""

from __future__ import annotations

import os
import shutil

from local.say import Step, Trouble, watch

_ENV = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"}


def can_install() -> bool:
    """Whether this is Debian or a child of it, and we may install."""
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def install(*names: str) -> bool:
    """Install `names` as root. False where that is not possible or fails; what apt said is then shown."""
    if not can_install():
        return False
    argv = ["apt-get", "install", "-y", "--no-install-recommends", *names]
    with Step(f"Installing {' '.join(names)} (apt-get)") as step:
        code, tail = watch(argv, step, env=_ENV)
        if code != 0:  # the lists of packages may be missing or old
            watch(["apt-get", "update"], step, env=_ENV)
            code, tail = watch(argv, step, env=_ENV)
        if code != 0:
            step.without("\n".join(["failed", *tail[-3:]]))
    return code == 0


def require(*names: str, why: str) -> None:
    """Install `names`, or raise `Trouble` with `why` and the line to run."""
    if not install(*names):
        raise Trouble(f"{why} On Debian or Ubuntu run this as root, then start again:\n  apt-get install {' '.join(names)}")
