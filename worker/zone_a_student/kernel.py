"""Starts one IPython kernel inside the sandbox, on sockets that the worker bound beforehand.

The kernel adopts listening descriptors (ZMQ_USE_FD) and so never sees the directory in which their paths lie: a hostile
kernel can't replace one by a link to a socket of the host. Everything in this folder runs beside hostile code; nothing
it says is believed. Run as `python -I /kit/_grader_kit/kernel.py` with GRADER_KEY, GRADER_COLLECT and GRADER_FD_* set.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

KIT = os.path.dirname(os.path.abspath(__file__))
PORTS = ("shell", "iopub", "stdin", "control")


def adopting(fds: dict[int, int]) -> Any:
    """The kernel's application, on sockets that the worker bound before."""
    import zmq
    from ipykernel.kernelapp import IPKernelApp

    class AdoptingKernelApp(IPKernelApp):
        """A kernel application that binds nothing itself."""

        def _try_bind_socket(self, s: Any, port: int) -> int:
            s.setsockopt(zmq.USE_FD, fds[port])
            s.bind(f"ipc:///run/adopted-{port}")
            return port

        def init_heartbeat(self) -> None:
            """The worker watches the process instead."""

        def init_poller(self) -> None:
            """The pid namespace ends with its first process: there is no parent to poll."""

        def init_connection_file(self) -> None:
            """The driver was told the key and the paths already."""

        def write_connection_file(self, **kwargs: Any) -> None:
            """As above."""

    return AdoptingKernelApp


def main() -> None:
    sys.path.insert(0, os.path.dirname(KIT))
    key, collect = os.environ.pop("GRADER_KEY"), json.loads(os.environ.pop("GRADER_COLLECT"))
    fds = {port: int(os.environ.pop(f"GRADER_FD_{name.upper()}")) for port, name in enumerate(PORTS, 1)}

    from traitlets.config import Config

    config = Config()
    config.Session.key = key.encode()
    config.IPKernelApp.transport = "ipc"
    config.IPKernelApp.ip = "/run/adopted"
    config.HistoryManager.enabled = False
    config.IPKernelApp.capture_fd_output = False  # what C libraries log is not the notebook's output
    app = adopting(fds).instance(config=config)
    app.shell_port, app.iopub_port, app.stdin_port, app.control_port, app.hb_port = 1, 2, 3, 4, 5
    app.initialize([])
    if inline := sys.modules.get("matplotlib_inline.backend_inline"):  # loaded before the fork: no shell was there to draw for
        inline._enable_matplotlib_integration()

    from _grader_kit import collector

    collector.install(app.shell, collect)
    sys.path.remove(os.path.dirname(KIT))
    sys.path.insert(0, "")  # as in an ordinary kernel: the working directory first
    app.start()


main()
