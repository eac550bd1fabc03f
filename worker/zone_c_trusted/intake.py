"""Takes files out of a dead sandbox: plain, small, singly linked files, under names of ours, copied byte for byte.

Nothing is parsed here. The directory descriptor was opened before any student's code ran; `openat2` resolves beneath it and
follows no link of any kind; sizes and counts are capped while reading. Runs in a sandbox of its own as a stand-alone file
(`python -I -S intake.py`), with GRADER_FD_MAIN and GRADER_FD_RERUN<n>; copies into /out as `main-…`, `rerun<n>-…`, adds
`evidence.zip` of the same files, and says `{"digest", "models", "refused"}` on stdout.
"""

import ctypes
import hashlib
import json
import os
import stat
import struct
import zipfile

_OPENAT2 = 437
_RESOLVE = 0x01 | 0x02 | 0x04 | 0x08  # no other mount, no magic link, no link, beneath
MAX_MODELS = 24
MAX_BIN = 64 << 20
MAX_JSON = 4 << 20
MAX_TOTAL = 200 << 20


class RefusedFile(Exception):
    """A file that may not be taken; the text is a code of the catalogue."""


def openat2(directory: int, name: str) -> int:
    """Open a regular file beneath a directory, or raise FileNotFoundError or RefusedFile."""
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NOCTTY
    how = struct.pack("QQQ", flags, 0, _RESOLVE)
    libc = ctypes.CDLL(None, use_errno=True)
    number = int(libc.syscall(_OPENAT2, directory, name.encode(), how, len(how)))
    if number < 0:
        code = ctypes.get_errno()
        if code == 2:
            raise FileNotFoundError(name)
        raise RefusedFile("missing.unreadable" if code == 13 else "missing.not_plain_file")
    return number


def read(directory: int, name: str, limit: int) -> bytes:
    """The bytes of one plain file of at most `limit` bytes."""
    number = openat2(directory, name)
    try:
        facts = os.fstat(number)
        if not stat.S_ISREG(facts.st_mode) or facts.st_nlink != 1:
            raise RefusedFile("missing.not_plain_file")
        data = bytearray()
        while len(data) <= limit:
            piece = os.read(number, min(1 << 20, limit + 1 - len(data)))
            if not piece:
                return bytes(data)
            data += piece
        raise RefusedFile("missing.too_large")
    finally:
        os.close(number)


def main() -> None:
    taken: dict[str, bytes] = {}
    refused: list[dict[str, str]] = []

    def take(source: int, prefix: str, name: str, limit: int) -> bool:
        room = MAX_TOTAL - sum(map(len, taken.values()))
        try:
            taken[prefix + name] = read(source, name, min(limit, room))
        except FileNotFoundError:
            return False
        except RefusedFile as problem:
            refused.append({"name": prefix + name, "reason": str(problem)})
            return False
        return True

    sources = {key[10:].lower(): int(value) for key, value in os.environ.items() if key.startswith("GRADER_FD_")}
    models = 0
    for source, number in sorted(sources.items()):
        take(number, source + "-", "values.json", MAX_JSON)
        if source == "main":
            for index in reversed(range(1000)):  # the newest first: a name is tried, never listed
                if models == MAX_MODELS:
                    break
                if take(number, "main-", f"m{index:03d}.json", MAX_JSON):
                    models += take(number, "main-", f"m{index:03d}.bin", MAX_BIN)
    for name, data in taken.items():
        with open("/out/" + name, "wb") as file:
            file.write(data)
    with zipfile.ZipFile("/out/evidence.zip", "w") as archive:
        for name in sorted(taken):
            archive.writestr(zipfile.ZipInfo(name), taken[name])
    digest = hashlib.sha256()
    for name in sorted(taken):
        digest.update(f"{name}\0{len(taken[name])}\0".encode() + taken[name])
    print(json.dumps({"digest": digest.hexdigest(), "models": models, "refused": refused[:64]}))


if __name__ == "__main__":
    main()
