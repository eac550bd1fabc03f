"""The worker's side of zygotes: where each listens, how one is started and replaced, and the processes that it makes for us."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterable
from pathlib import Path
from typing import IO, Any

from worker.engines.base import Runtime

START_S = 20.0
_FOLDER = "hwg-zygotes"
CODE_ROOT = Path(__file__).resolve().parents[2]
_IMPORT = (
    "import sys; root = sys.argv.pop(); sys.path.insert(0, root)\n"
    "from worker.engines.zygote import main; sys.path.remove(root); main()"
)
_ENVIRONMENT = {
    "PATH": "/usr/bin:/bin",
    "HOME": "/box",
    "LANG": "C.UTF-8",
    "TZ": "UTC",
    "PYTHONDONTWRITEBYTECODE": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "CUDA_VISIBLE_DEVICES": "",
    "KERAS_BACKEND": "tensorflow",
    "KERAS_HOME": "/box/.keras",
    "MPLCONFIGDIR": "/box/.matplotlib",
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    "IPYTHONDIR": "/box/.ipython",
}


class Refused(Exception):
    """A zygote that can't serve this request; the cold engine can."""


class RemoteProcess:
    """W, a zygote's child: its exit status comes over the connection, and closing the connection kills it."""

    def __init__(self, connection: socket.socket, pid: int, stdin: IO[bytes], stdout: IO[bytes]) -> None:
        self.pid = pid
        self.stdin: IO[bytes] | None = stdin
        self.stdout: IO[bytes] | None = stdout
        self.returncode: int | None = None
        self.lost = False
        self._connection = connection
        self._lock = threading.Lock()

    def poll(self) -> int | None:
        return self._look(0)

    def wait(self, timeout: float | None = None) -> int:
        code = self._look(timeout)
        if code is None:
            raise subprocess.TimeoutExpired("sandbox", timeout or 0)
        return code

    def kill(self) -> None:
        """The zygote kills W when its connection is shut, the kernel the rest."""
        with contextlib.suppress(OSError):
            self._connection.shutdown(socket.SHUT_RDWR)

    def _look(self, timeout: float | None) -> int | None:
        until = None if timeout is None else time.monotonic() + timeout
        while self.returncode is None:
            left = 0.1 if until is None else min(0.1, until - time.monotonic())
            with self._lock:  # a watcher's thread may ask while ours does
                if self.returncode is None and select.select([self._connection], [], [], max(0, left))[0]:
                    message = self._connection.recv(4096)
                    self.lost = not message  # the zygote is gone, and so is all that it made
                    self.returncode = json.loads(message)["exit"] if message else -9
                    self._connection.close()
            if until is not None and left <= 0.1 and time.monotonic() >= until:
                break
        return self.returncode


class Zygote:
    """One zygote's address and process. Started again by whoever finds it gone; a lock keeps that to one."""

    def __init__(self, runtime: Runtime, python: Path, folder: Path, threads: int) -> None:
        self.threads = threads
        self.runtime, self.python, self.folder = runtime, python, folder
        self.address = str(folder / f"{runtime}.sock")
        self.process: subprocess.Popen[bytes] | None = None
        self.failures = 0
        self._ready = folder / f"{runtime}.ready"

    def start(self, instead_of: int = 0) -> None:
        """Start it and don't wait: until its imports are done, connections queue up.

        `instead_of` is the pid of one that did not serve: it is ended, unless another process of the pool did so already.
        """
        with (self.folder / f"{self.runtime}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if self.answers():
                if not instead_of or self.pid() != instead_of or not self.ready():
                    return
                with contextlib.suppress(ProcessLookupError):
                    os.kill(instead_of, signal.SIGKILL)
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self.address)
            listening = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            listening.bind(self.address)
            listening.listen(64)
            with listening:
                self.process = self._process(listening.fileno())
            (self.folder / f"{self.runtime}.pid").write_text(str(self.process.pid))

    def _process(self, listening: int) -> subprocess.Popen[bytes]:
        """The program itself, which takes connections on this descriptor once its imports are done."""
        root = self.folder / "root"
        root.mkdir(exist_ok=True)
        given = [self.runtime, str(listening), str(root), str(self._ready), str(CODE_ROOT)]
        with (self.folder / f"{self.runtime}.log").open("ab") as errors:
            return subprocess.Popen(
                [str(self.python), "-I", "-c", _IMPORT, *given],
                stdin=subprocess.DEVNULL,
                stdout=errors,
                stderr=errors,
                pass_fds=[listening],
                env={**_ENVIRONMENT, "OMP_NUM_THREADS": str(self.threads)},  # read by torch when it is imported
                cwd="/",
                start_new_session=True,
                preexec_fn=_die_with_worker,  # noqa: PLW1509 - one system call, and nothing that takes a lock
            )

    def pid(self) -> int:
        """Of the one that listens now; 0 before the first."""
        return _number(self.folder / f"{self.runtime}.pid")

    def ready(self) -> bool:
        """Whether the one that listens now has done its imports."""
        return self.pid() != 0 and self.pid() == _number(self._ready)

    def answers(self) -> bool:
        """Whether somebody listens there."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as probe:
            return probe.connect_ex(self.address) == 0

    def fork(self, request: dict[str, Any], fds: Iterable[int]) -> tuple[socket.socket, int]:
        """Ask for a sandbox; the connection and W's pid. Raises Refused."""
        if not self.ready():
            raise Refused("it is still importing")
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            connection.settimeout(START_S)
            connection.connect(self.address)
            socket.send_fds(connection, [json.dumps(request).encode()], list(fds))
            answer = json.loads(connection.recv(4096) or b'{"refused": "it hung up"}')
        except OSError as problem:
            connection.close()
            raise Refused(str(problem)) from problem
        if "pid" not in answer:
            connection.close()
            raise Refused(str(answer.get("refused")))
        return connection, int(answer["pid"])


def _die_with_worker() -> None:
    from worker.engines import namespaces

    namespaces.die_with_parent()


def own_folder() -> Path:
    """A short folder for the sockets (a path may have 107 bytes), named for this process; those of dead ones are removed."""
    temporary = Path(tempfile.gettempdir())
    for old in temporary.glob(f"{_FOLDER}-{os.geteuid()}-*-*"):
        if not Path(f"/proc/{old.name.split('-')[3]}").exists():
            shutil.rmtree(old, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix=f"{_FOLDER}-{os.geteuid()}-{os.getpid()}-"))


def _number(path: Path) -> int:
    try:
        return int(path.read_text())
    except (FileNotFoundError, ValueError):
        return 0
