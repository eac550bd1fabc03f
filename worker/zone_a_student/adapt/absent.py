"""Libraries that are not here and have a stand-in: `google.colab` always, torchvision where the real one does not import,
`torchinfo` and `torchsummary` where they are not installed.

The folder `stand_ins` comes last on the path, so whatever is installed is found first; `google` is a namespace, and its
`protobuf` stays. A torchvision that is installed but breaks at import (PyPI's beside a CPU build of torch does) is tried once.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import importlib.util
import os
import sys
from types import ModuleType
from typing import Any

STAND_INS = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "stand_ins")


def install(shell: Any) -> None:
    sys.path.append(STAND_INS)
    sys.meta_path.insert(0, RealIfItWorks("torchvision"))


class RealIfItWorks(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds the real package if importing it works, else nothing but the stand-in."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.busy = False
        self.module: ModuleType | None = None

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> Any:
        if fullname != self.name or self.busy:
            return None
        own = importlib.machinery.PathFinder.find_spec(fullname, [STAND_INS])
        real = importlib.machinery.PathFinder.find_spec(fullname, [place for place in sys.path if place != STAND_INS])
        if real is None or real.loader is None:
            return own
        self.busy = True
        try:
            self.module = importlib.import_module(fullname)
            real.loader = self
            return real
        except Exception:
            return own
        finally:
            self.busy = False
            for name in [
                name for name in sys.modules if name == fullname or (self.module is None and name.startswith(fullname + "."))
            ]:
                del sys.modules[name]

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType | None:
        return self.module

    def exec_module(self, module: ModuleType) -> None:
        """It has been run already."""
