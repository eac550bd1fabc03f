"""Check kinds of other distributions: whatever pip installed here that names modules in the entry point group `grader.checks`.

    [project.entry-points."grader.checks"]
    fraction = "fraction_kind.fraction"

Site, worker and the judge's sandbox share one virtual environment, so what is installed there is known to all three without a
setting that one of them could lack. The usual case is that nothing is installed, and `importlib.metadata` is slow to import; so
it is imported only where some distribution speaks of the group at all.
"""

from __future__ import annotations

import functools
import importlib.util
import sys
from dataclasses import dataclass
from pathlib import Path

GROUP = "grader.checks"


@dataclass(frozen=True)
class Installed:
    """A module with check kinds, and the distribution that it came with (`name-version`)."""

    module: str
    distribution: str

    @property
    def folder(self) -> Path | None:
        """Where its top package lies, which may hold sentences in `catalogue/<language>/`."""
        spec = importlib.util.find_spec(self.module.partition(".")[0])
        places = list(spec.submodule_search_locations or ()) if spec else []
        return Path(places[0]) if places else None


@functools.cache
def modules() -> tuple[Installed, ...]:
    """All of them, in an order that does not depend on the machine."""
    if not any(_names_the_group(Path(place)) for place in sys.path):
        return ()
    from importlib.metadata import entry_points

    found = {(point.value, f"{point.dist.name}-{point.dist.version}") for point in entry_points(group=GROUP) if point.dist}
    return tuple(Installed(module, distribution) for module, distribution in sorted(found))


def _names_the_group(place: Path) -> bool:
    return any(f"[{GROUP}]".encode() in file.read_bytes() for file in place.glob("*.dist-info/entry_points.txt"))
