"""Python packages, pinned, with torch first and in an order that gives a machine the build that suits it.

torch's build for CPU and for CUDA share a version, and the public index serves the CUDA one (several GB). So:
(1) pip without an index, for a wheel that the machine's own pip configuration knows (a local wheelhouse);
(2) uv, if it is at hand, which chooses CPU or CUDA by the driver; (3) the index. The rest follows by pip.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import sys
from pathlib import Path
from typing import Literal

from local import say
from local.paths import PYTHON, ROOT, VENV

Group = Literal["run", "dev"]
_FILES: dict[Group, str] = {"run": "requirements.txt", "dev": "requirements/dev.txt"}
_PIP = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "--no-input"]


def ensure(group: Group) -> None:
    """Install the group's requirements, unless a stamp says that exactly these are there."""
    stamp = VENV / "stamps" / group
    want = fingerprint(group)
    if stamp.exists() and stamp.read_text() == want:
        return
    if group == "run":
        _torch(pinned("torch", ROOT / "requirements.txt"))
    say.run(
        f"Installing {_FILES[group]} (pip; the first time takes minutes)",
        [*_PIP, "install", "--progress-bar", "off", "-r", str(ROOT / _FILES[group])],
        cwd=ROOT,
    )
    stamp.parent.mkdir(exist_ok=True)
    stamp.write_text(want)


def fingerprint(group: Group) -> str:
    """A digest of the group's file and of all files it could draw in, and of the Python that would install them."""
    digest = hashlib.sha256(f"{_FILES[group]} {sys.version_info[:2]}".encode())
    for path in sorted([ROOT / "requirements.txt", *(ROOT / "requirements").glob("*.txt")]):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def pinned(name: str, file: Path) -> str:
    """`name==version` as `file` pins it."""
    found = re.search(rf"(?m)^{re.escape(name)}==[\w.]+", file.read_text())
    if not found:
        raise say.Trouble(f"{file} does not pin {name}. Write a line such as {name}==1.2.3.")
    return found.group(0)


def _torch(requirement: str) -> None:
    ways = [("a local wheel", [*_PIP, "install", "--progress-bar", "off", "--no-index", "--no-deps", requirement])]
    if uv := shutil.which("uv"):
        ways.append(("uv", [uv, "pip", "install", "--python", str(PYTHON), "--torch-backend=auto", requirement]))
    ways.append(("the package index", [*_PIP, "install", "--progress-bar", "off", requirement]))
    tail: list[str] = []
    for source, argv in ways:
        with say.Step(f"Installing {requirement} from {source}") as step:
            code, tail = say.watch(argv, step, cwd=ROOT)
            if code != 0:
                step.without("not there")
        if code == 0:
            return
    raise say.Trouble(f"{requirement} could not be installed. pip's last words:\n" + "\n".join(tail))
