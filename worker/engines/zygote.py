"""A zygote: a process that has imported a runtime once and forks a sandbox for each request. Holds nothing worth stealing.

Theory of operation. The worker starts it with an empty environment and one listening socket. A request is one message: the
sandbox as JSON, with descriptors for its standard streams, its `/out` socket and what is handed on. The zygote forks W; W
makes the namespaces and forks P1, the first process in there; P1 builds the file view, puts on every limit, drops every
right, and forks K, which runs the script. P1 reaps and ends when K has ended, and with it the whole namespace.

        worker --request--> zygote --fork--> W --fork--> P1 (pid 1) --fork--> K (the script)

The connection is the sandbox's life: its exit status comes back over it, and if the worker's end closes, W is killed, so P1
is, so all are. The same chain of PR_SET_PDEATHSIG ends everything when the zygote itself dies. No operation of the runtime
is run here, only imports: threads and pools don't survive a fork, and a zygote with a second thread refuses to fork.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import io
import json
import os
import random
import runpy
import selectors
import signal
import socket
import sys
import traceback
from pathlib import Path
from typing import Any, NoReturn

from worker.engines import inside, namespaces, seccomp

PRELOADED = {
    "plain": ("numpy", "nbformat", "nbclient", "jupyter_client.asynchronous", "yaml"),
    "torch": (
        *("numpy", "torch", "torch.nn", "torch.utils.data", "torch.optim"),
        *("torch._dynamo", "torch.export", "torch._decomp", "torch._functorch.aot_autograd"),  # else the first export takes 2 s
    ),
    "tensorflow": ("numpy", "tensorflow", "keras"),
}
KERNEL = (
    "zmq",
    "zmq.asyncio",
    "ipykernel.kernelapp",
    "ipykernel.ipkernel",
    "IPython",
    "comm",
    "matplotlib_inline.backend_inline",
)
FORKS = 200  # then it is replaced: what its children share (layout, hash seed) should not live for ever
MAX_REQUEST = 256 << 10
MAX_FDS = 32
MAX_FD = 4096


def main() -> NoReturn:
    runtime, number, root, ready = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4]
    for name in (*KERNEL, *PRELOADED[runtime]):
        importlib.import_module(name)
    gc.collect()
    gc.freeze()  # so that a child's collector doesn't touch, and so copy, every shared page
    Path(ready).write_text(str(os.getpid()))
    Server(socket.socket(fileno=number), root).serve()


class Server:
    """Forks for who asks, tells them the exit status, and kills for who is gone."""

    def __init__(self, listening: socket.socket, root: str) -> None:
        self.listening, self.root = listening, root
        self.by_pid: dict[int, socket.socket] = {}
        self.forks = 0
        self.selector = selectors.DefaultSelector()
        self.wakes, self.wake = socket.socketpair()
        for end in (self.wakes, self.wake):
            end.setblocking(False)
        signal.set_wakeup_fd(self.wake.fileno())
        signal.signal(signal.SIGCHLD, lambda *_: None)

    def serve(self) -> NoReturn:
        self.selector.register(self.listening, selectors.EVENT_READ)
        self.selector.register(self.wakes, selectors.EVENT_READ)
        while self.by_pid or self.forks < FORKS:
            for key, _ in self.selector.select():
                if key.fileobj is self.listening:
                    self.take(self.listening.accept()[0])
                elif key.fileobj is self.wakes:
                    self.reap()
                else:
                    self.leave(key.fileobj, key.data)
        os._exit(0)

    def take(self, connection: socket.socket) -> None:
        message, fds, _, _ = socket.recv_fds(connection, MAX_REQUEST, MAX_FDS)
        threads = len(os.listdir("/proc/self/task"))
        if not message or threads != 1:
            with contextlib.suppress(OSError):
                connection.send(json.dumps({"refused": f"it has {threads} threads"}).encode())
            connection.close()
            for number in fds:
                os.close(number)
            return
        self.forks += 1
        pid = os.fork()
        if pid == 0:
            become_sandbox(json.loads(message), fds, self.root)
        for number in fds:
            os.close(number)
        self.by_pid[pid] = connection
        with contextlib.suppress(OSError):  # whoever asked may be gone already: `leave` hears of it
            connection.send(json.dumps({"pid": pid}).encode())
        self.selector.register(connection, selectors.EVENT_READ, pid)
        if self.forks >= FORKS:  # whoever comes next finds nobody here and starts another; who is here is served to the end
            self.selector.unregister(self.listening)
            self.listening.close()

    def leave(self, connection: Any, pid: int) -> None:
        """Who asked is gone (nothing is ever said on a connection after the request): so is the sandbox."""
        self.selector.unregister(connection)
        if self.by_pid.get(pid) is connection:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def reap(self) -> None:
        with contextlib.suppress(BlockingIOError):
            self.wakes.recv(4096)
        while self.by_pid:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            connection = self.by_pid.pop(pid)
            with contextlib.suppress(KeyError):
                self.selector.unregister(connection)
            with contextlib.suppress(OSError):
                connection.send(json.dumps({"exit": os.waitstatus_to_exitcode(status)}).encode())
            connection.close()


def become_sandbox(request: dict[str, Any], fds: list[int], root: str) -> NoReturn:
    """W, and through its forks P1 and K. Never returns; whatever fails is written to the sandbox's stderr."""
    code = 99
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        names = _place(request, fds)
        os.setsid()
        namespaces.die_with_parent()
        for file in request["join"]:
            with open(file, "w") as group:
                group.write("0")
        namespaces.unshare(request["config"]["uid"])
        first = os.fork()
        if first == 0:
            code = _first(request, names, root)
        else:
            os.closerange(0, MAX_FD)  # /proc may be the sandbox's own by now: nothing is looked up there
            code = _code(os.waitpid(first, 0)[1])
    except BaseException:
        with contextlib.suppress(Exception):
            traceback.print_exc()
    os._exit(code)


def _place(request: dict[str, Any], fds: list[int]) -> dict[str, int]:
    """Put the streams on 0, 1 and 2, name the others, and close everything else that the zygote had open."""
    names = dict(zip(request["fds"], fds, strict=True))
    for target in (0, 1, 2):
        os.dup2(names.pop(f"stream {target}"), target)
    _close_all_but((0, 1, 2, *names.values()))
    sys.stdin = io.TextIOWrapper(io.FileIO(0, closefd=False), encoding="utf-8")
    sys.stdout = io.TextIOWrapper(io.BufferedWriter(io.FileIO(1, "w", closefd=False)), encoding="utf-8")
    sys.stderr = io.TextIOWrapper(io.BufferedWriter(io.FileIO(2, "w", closefd=False)), encoding="utf-8", line_buffering=True)
    return names


def _first(request: dict[str, Any], names: dict[str, int], root: str) -> int:
    """P1: the root, the limits, the drop; then K, and reaping until K has ended."""
    config = request["config"]
    namespaces.build_root(root, request["view"], config["uid"])
    namespaces.loopback_up()
    socket.sethostname("grader")
    inside.settle({**config, "out_socket": names.pop("out_socket")})
    namespaces.without_capabilities()
    if request["filtered"]:
        namespaces.filter_calls(seccomp.program())
    namespaces.die_with_parent()
    namespaces.dumpable(False)
    kernel = os.fork()
    if kernel == 0:
        namespaces.dumpable(True)
        _run(request, names)
    os.closerange(0, MAX_FD)
    while True:
        pid, status = os.wait()
        if pid == kernel:
            return _code(status)


def _run(request: dict[str, Any], names: dict[str, int]) -> NoReturn:
    """K: the script, as `python SCRIPT ARGUMENTS` would run it."""
    inside.begin(request["config"])
    os.environ.clear()
    os.environ.update(request["environment"])
    os.environ.update({f"GRADER_FD_{name.upper()}": str(number) for name, number in names.items()})
    _new_seeds()
    for name in [name for name in sys.modules if name.partition(".")[0] == "worker"]:
        del sys.modules[name]  # the script finds its own, or none
    code = 0
    try:
        _, *arguments = request["config"]["argv"]
        while arguments and arguments[0] in ("-I", "-S"):
            arguments.pop(0)
        if arguments[0] == "-c":
            sys.argv = arguments
            exec(compile(arguments[1], "<string>", "exec"), {"__name__": "__main__"})  # noqa: S102 - the worker's own text
        else:
            sys.argv = arguments
            runpy.run_path(arguments[0], run_name="__main__")
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
        code = 1
    with contextlib.suppress(Exception):
        sys.stdout.flush()
    os._exit(code)


def _new_seeds() -> None:
    """Every child would draw the same numbers from generators that were seeded at import."""
    random.seed()
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed()


def _close_all_but(keep: tuple[int, ...]) -> None:
    for number in map(int, os.listdir("/proc/self/fd")):
        if number not in keep:
            with contextlib.suppress(OSError):
                os.close(number)


def _code(status: int) -> int:
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else 128 - code
