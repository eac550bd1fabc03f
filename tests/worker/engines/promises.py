"""What every sandbox engine promises: one function a promise, given an engine, silent when it is kept.

Run as tests by `test_promises.py`; and as `python -m tests.worker.engines.promises` by a user who is not root. The levels full
and rootless promise the same; what the landlock level does not promise is named in `NOT_PROMISED`, with the reason.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tests.worker.engines.makers import BEGIN, ENGINES, said, started
from worker.engines.base import Bind, SandboxEngine, SandboxLimits
from worker.engines.watcher import tree

# Beside these nothing is in a sandbox's environment but what every program has.
OWN_NAMES = {"landlock": ("GRADER_ROOT", "TMPDIR")}


def it_runs_as_the_slots_uid_without_a_capability(engine: SandboxEngine) -> None:
    status = said(engine, "print(json.dumps(dict(l.split(':', 1) for l in open('/proc/self/status'))))")

    assert status["Uid"].split() == ["61001"] * 4
    assert {status[name].strip() for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")} == {"0" * 16}
    assert status["NoNewPrivs"].strip() == "1"
    assert status["Seccomp"].strip() == "2"


def it_is_called_student(engine: SandboxEngine) -> None:
    assert said(engine, "import pwd\nprint(json.dumps(pwd.getpwuid(os.getuid()).pw_name))") == "student"


def it_writes_nowhere_but_in_its_own_tmpfs(engine: SandboxEngine) -> None:
    places = ["/", "/etc", "/dev", "/usr", "/usr/lib", "/venv", "/box", "/tmp", "/out", "/dev/shm"]
    written = said(
        engine,
        f"done = []\nfor place in {places!r}:\n"
        "  for path in {place, R + place}:\n"
        "    try: open(path + '/x', 'w').close(); done.append(path.removeprefix(R) if R else path)\n"
        "    except OSError: pass\nprint(json.dumps(done))",
    )

    assert written == ["/box", "/tmp", "/out", *([] if engine.level == "landlock" else ["/dev/shm"])]


def it_sees_no_home_no_settings_and_no_labels(engine: SandboxEngine) -> None:
    seen = said(
        engine,
        "print(json.dumps([listed('/'), listed('/usr/share/datasets/fashion-mnist'), sorted(os.environ),"
        " listed('/etc'), sorted(os.listdir('/proc/self/fd'))]))",
    )

    # The runtime and the Python under it may be shown under their own names too, and nothing beside them.
    shown = [Path(sys.prefix), Path(sys.prefix, "bin", "python").resolve().parent.parent]
    assert not {"home", "var", "run", "srv", "app"} - {path.parts[1] for path in shown} & set(seen[0])
    above = sorted(
        {str(parent) for path in shown for parent in path.parents if len(parent.parts) > 1 and parent.parts[1] != "usr"}
    )
    for folder, names in said(engine, f"print(json.dumps({{p: listed(p) for p in {above!r} if os.path.isdir(p)}}))").items():
        assert all(any(path.is_relative_to(Path(folder, name)) for path in shown) for name in names), (folder, names)
    assert seen[1] == []
    assert set(seen[2]) <= {"HOME", "LANG", "LC_CTYPE", "PATH", "PWD", "TZ", "USER", *OWN_NAMES.get(engine.level, ())}
    assert set(seen[3]) <= {"passwd", "group", "hosts", "ld.so.cache", "alternatives", "fonts"}
    assert len(seen[4]) <= 4  # stdin, stdout, stderr, and the one that listed


def it_has_no_network_and_no_other_process(engine: SandboxEngine) -> None:
    found = said(
        engine,
        "import socket\nanswers = []\n"
        "for address in (('127.0.0.1', 5432), ('10.0.0.1', 80), ('169.254.169.254', 80)):\n"
        "  try: socket.create_connection(address, 1); answers.append('connected')\n"
        "  except OSError: answers.append('no')\n"
        "for family in (40, 38, 17):\n"
        "  try: socket.socket(family, socket.SOCK_STREAM); answers.append('made')\n"
        "  except OSError: answers.append('no')\n"
        "print(json.dumps([answers, [p for p in listed('/proc') if p.isdigit()]]))",
    )

    assert set(found[0]) == {"no"}
    assert len(found[1]) <= 2


def dangerous_system_calls_are_refused(engine: SandboxEngine) -> None:
    calls = {
        "ptrace": (101, 16, 1, 0, 0), "unshare": (272, 0x10000000), "clone": (56, 0x10000000 | 17, 0, 0, 0, 0),
        "mount": (165, 0, 0, 0, 0, 0), "bpf": (321, 0, 0, 0), "keyctl": (250, 0, 0), "io_uring": (425, 1, 0),
        "x32": (0x40000000 + 39,), "setns": (308, 0, 0), "process_vm_readv": (310, 1, 0, 0, 0, 0),
        "mknod": (133, 0, 0o20666, 259),
    }  # fmt: skip
    results = said(
        engine,
        f"import ctypes\nlibc = ctypes.CDLL(None, use_errno=True)\n"
        f"print(json.dumps({{n: libc.syscall(*a) for n, a in {calls!r}.items()}}))",
    )

    assert set(results.values()) == {-1}, results


def it_stays_on_the_processors_that_it_was_given(engine: SandboxEngine) -> None:
    given = (min(os.sched_getaffinity(0)),)
    code = (
        "try: os.sched_setaffinity(0, range(os.cpu_count()))\nexcept OSError: pass\n"
        "print(json.dumps(sorted(os.sched_getaffinity(0))))"
    )

    assert said(engine, code, cpus=given) == list(given)


def a_memory_bomb_is_ended_from_outside(engine: SandboxEngine) -> None:
    limits = SandboxLimits(memory_mb=300)
    with started(engine, "b = []\nwhile True: b.append(bytearray(16 << 20))", limits=limits) as sandbox:
        sandbox.process.wait(timeout=20)

    assert sandbox.end_reason == "memory"


def shared_memory_counts_like_any_other(engine: SandboxEngine) -> None:
    bomb = "import mmap\nm = []\nwhile True:\n  m.append(mmap.mmap(-1, 16 << 20)); m[-1].write(b'x' * (16 << 20))"
    with started(engine, bomb, limits=SandboxLimits(memory_mb=300)) as sandbox:
        sandbox.process.wait(timeout=20)

    assert sandbox.end_reason == "memory"


def no_memory_can_be_held_that_nobody_maps(engine: SandboxEngine) -> None:
    calls = {"memfd_create": (319, b"x", 0), "shmget": (29, 0, 1 << 20, 0o1600), "msgget": (68, 0, 0o1600)}
    results = said(
        engine,
        "import ctypes\nlibc = ctypes.CDLL(None, use_errno=True)\n"
        f"print(json.dumps({{n: libc.syscall(*a) for n, a in {calls!r}.items()}}))",
    )

    assert set(results.values()) == {-1}, results


def a_fork_bomb_is_ended_from_outside(engine: SandboxEngine) -> None:
    bomb = "import os, time\nwhile True:\n  try:\n    if os.fork() == 0: time.sleep(60)\n  except OSError: pass"
    with started(engine, bomb, limits=SandboxLimits(processes=30, threads=200)) as sandbox:
        sandbox.process.wait(timeout=20)

    assert sandbox.end_reason == "processes"


def a_full_disk_is_the_students_and_not_ours(engine: SandboxEngine) -> None:
    written = said(
        engine,
        "n = 0\ntry:\n  f = open(R + '/box/x', 'wb')\n  while True: n += f.write(b'x' * (1 << 20))\nexcept OSError: pass\n"
        "print(json.dumps(n >> 20))",
        limits=SandboxLimits(work_mb=32, file_mb=256),
    )

    assert written <= 32


def killing_it_leaves_no_process(engine: SandboxEngine) -> None:
    code = (
        "import os, signal, time\nfor s in (2, 15, 1): signal.signal(s, signal.SIG_IGN)\n"
        "for _ in range(3):\n  if os.fork() == 0:\n    os.setsid(); os.fork(); time.sleep(600)\n"
        "print('up', flush=True)\ntime.sleep(600)"
    )
    sandbox = started(engine, code)
    assert sandbox.process.stdout is not None
    assert sandbox.process.stdout.readline() == b"up\n"
    until = time.monotonic() + 10
    while len(pids := tree(sandbox.process.pid)) < 7 and time.monotonic() < until:  # itself, three, and three of theirs
        time.sleep(0.01)
    assert len(pids) >= 7

    sandbox.kill()

    assert not [pid for pid in pids if Path(f"/proc/{pid}").exists()]
    sandbox.close()


def its_out_can_be_read_after_it_died(engine: SandboxEngine) -> None:
    with started(engine, BEGIN + "open(R + '/out/fact', 'w').write('kept')") as sandbox:
        sandbox.process.wait(timeout=20)

        with os.fdopen(os.open("fact", os.O_RDONLY, dir_fd=sandbox.out_fd)) as file:
            assert file.read() == "kept"


def only_what_is_handed_on_is_open(engine: SandboxEngine) -> None:
    secret, given = os.memfd_create("secret"), os.memfd_create("given")
    os.set_inheritable(secret, True)
    os.write(given, b"hello")
    os.lseek(given, 0, os.SEEK_SET)

    text = said(engine, "print(json.dumps(os.read(int(os.environ['GRADER_FD_GIVEN']), 9).decode()))", fds={"given": given})
    code = "print(json.dumps([os.readlink(f'/proc/self/fd/{n}') for n in range(3, 64) if os.path.exists(f'/proc/self/fd/{n}')]))"
    links = said(engine, code, fds={"given": given})

    assert text == "hello"
    assert [link for link in links if "memfd" in link] == ["/memfd:given (deleted)"]
    os.close(secret)
    os.close(given)


def a_bind_is_read_only(engine: SandboxEngine) -> None:
    here = Path(__file__).resolve()
    result = said(
        engine,
        "try: open(R + '/given/promises.py', 'a'); r = 'wrote'\nexcept OSError: r = open(R + '/given/promises.py').read(3)\n"
        "print(json.dumps(r))",
        binds=(Bind(here, "/given/promises.py"),),
    )

    assert result == '"""'


def a_worker_that_dies_takes_its_sandboxes_with_it(engine: SandboxEngine) -> None:
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        sandbox = started(engine, "import time; time.sleep(600)")
        os.write(writer, json.dumps([sandbox.process.pid, *tree(sandbox.process.pid)]).encode())
        os.kill(os.getpid(), 9)
    os.close(writer)
    pids = json.loads(os.read(reader, 4096))
    os.close(reader)
    os.waitpid(child, 0)

    until = time.monotonic() + 10
    while time.monotonic() < until and any(_alive(pid) for pid in pids):
        time.sleep(0.05)
    assert not [pid for pid in pids if _alive(pid)]


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


PROMISES: dict[str, Callable[[SandboxEngine], None]] = {
    name: thing
    for name, thing in list(globals().items())
    if callable(thing) and name.startswith(("it_", "its_", "a_", "dangerous_", "killing_", "only_", "shared_", "no_"))
}

# What a level does not promise, and why. Whatever is not named here is tried.
NOT_PROMISED: dict[str, dict[str, str]] = {
    "landlock": {
        "it_is_called_student": "/etc/passwd would be the host's, and is not shown at all",
        "a_full_disk_is_the_students_and_not_ours": "there is no tmpfs with a size; the run is ended instead (test_landlock.py)",
    }
}
if os.geteuid() != 0:
    NOT_PROMISED["landlock"]["it_runs_as_the_slots_uid_without_a_capability"] = (
        "without a user namespace a plain user has one uid, and may not empty a bounding set that no_new_privs makes void"
    )


def promised(engine: SandboxEngine) -> list[str]:
    """The names of what this engine promises at its level here."""
    return [name for name in PROMISES if name not in NOT_PROMISED.get(engine.level, {})]


def main() -> None:
    for make in ENGINES.values():
        engine = make()
        for name in promised(engine):
            PROMISES[name](engine)
            print(f"{engine.name}, {engine.level}: kept: {name}")
        engine.close()


if __name__ == "__main__":
    main()
