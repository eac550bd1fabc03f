"""What student code ran on: one digest of the names and versions installed in the runtime's virtual environment."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from importlib.metadata import distributions
from pathlib import Path


@lru_cache(maxsize=4)
def listing(runtime: Path) -> str:
    """`name==version` lines, sorted, of a virtual environment."""
    found = {
        f"{item.metadata['Name']}=={item.version}"
        for site in sorted(runtime.glob("lib/python3*/site-packages"))
        for item in distributions(path=[str(site)])
    }
    return "".join(f"{line}\n" for line in sorted(found, key=str.lower))


def digest(runtime: Path) -> str:
    """SHA-256 of `listing`, hex."""
    return hashlib.sha256(listing(runtime).encode()).hexdigest()
