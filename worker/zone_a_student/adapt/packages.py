"""`pip install`: nothing can be installed; whether what it names is here is said."""

from __future__ import annotations

import re
import sys
from importlib import metadata

from _grader_kit.adapt.notes import note

QUIET = {"install", "uninstall", "download", "wheel", "add", "sync"}  # others, like `pip list`, only look
TAKES_VALUE = {"-r", "-c", "-f", "-i", "-t", "--index-url", "--extra-index-url", "--find-links", "--target", "--requirement"}
STAND_INS = ("torchvision", "torchinfo", "torchsummary", "torch-summary")
ALSO_CALLED = {
    "sklearn": "scikit-learn",
    "tensorflow": "tensorflow-cpu",
    "tensorflow-gpu": "tensorflow-cpu",
    "tf-nightly": "tensorflow-cpu",
    "pil": "pillow",
    "torch-cpu": "torch",
}


def refused(words: list[str]) -> bool:
    """Whether a `pip …` is one that would change what is installed; if so it is noted."""
    arguments = [word.strip("'\"") for word in words[1:]]
    verb = next((word for word in arguments if not word.startswith("-")), "")
    if verb == "pip":  # uv pip install
        return refused(arguments)
    if verb not in QUIET:
        return False
    named = list(_named(arguments[arguments.index(verb) + 1 :]))
    shown = "!pip " + verb + " " + " ".join(named)
    here: list[str] = []
    lacking: list[str] = []
    for name in named:
        version = version_of(name)
        (here if version else lacking).append(f"{name} {version}".strip())
    if lacking:
        note("note.pip_lacking", command=shown, package=", ".join(lacking))
    elif here:
        note("note.pip_installed", command=shown, package=", ".join(here))
    else:
        note("note.no_internet", command=shown)
    sys.stdout.write(f"[skipped: {shown}]\n")
    return True


def version_of(name: str) -> str:
    """The installed version of a distribution, by any of its names; empty where there is none."""
    for also in (name, ALSO_CALLED.get(name.lower(), name)):
        try:
            return metadata.version(also)
        except metadata.PackageNotFoundError:
            continue
    return "(a stand-in)" if name.lower() in STAND_INS else ""


def _named(arguments: list[str]) -> list[str]:
    """Names of distributions: no options, versions, files or addresses."""
    found: list[str] = []
    skip = False
    for word in arguments:
        if skip or word.startswith("-"):
            skip = word in TAKES_VALUE
            continue
        name = re.split(r"[\[<>=!~;@ ]", word)[0]
        if re.fullmatch(r"[A-Za-z0-9][\w.-]*", name) and "://" not in word and not word.endswith((".whl", ".txt", ".gz")):
            found.append(name)
    return found
