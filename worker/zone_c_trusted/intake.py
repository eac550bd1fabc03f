"""Takes files out of a dead sandbox: plain, small, singly linked files, under names of ours, copied byte for byte.

Nothing is parsed here. The directory descriptor was opened before any student's code ran; `openat2` resolves beneath it and
follows no link of any kind; sizes and counts are capped while reading. Runs in a sandbox of its own as a stand-alone file
(`python -I -S intake.py`), with a GRADER_FD_<RUN> for each dead sandbox (MAIN, RERUN<n>, AGAIN<n>, FALLBACK), and on stdin a line
that says how these ended; copies into /out as `main-…`, `rerun<n>-…` and so on, adds `account.json` and `evidence.zip` of the
same files, and says `{"digest", "models", "account"}` on stdout.

Evidence that was kept comes back the same way: with GRADER_FD_KEPT, an `evidence.zip`, and nothing else.
"""

import ctypes
import hashlib
import json
import os
import re
import stat
import struct
import sys
import zipfile
from typing import Any

_OPENAT2 = 437
_RESOLVE = 0x01 | 0x02 | 0x04 | 0x08  # no other mount, no magic link, no link, beneath
OUT = os.environ.get("GRADER_ROOT", "") + "/out/"
MAX_MODELS = 24
MAX_ASKED = 6  # each is a guess at the hidden labels
MAX_BIN = 64 << 20
MAX_JSON = 4 << 20
MAX_PREDICTED = 4 << 20
MAX_TOTAL = 96 << 20
_NAMES = re.compile(r"account\.json|(main|again\d|fallback|rerun\d{1,3})-(values\.json|[mp]\d{3}\.(json|bin))")


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


class Taking:
    """What has been taken so far, and what was refused."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.refused: list[dict[str, str]] = []

    def take(self, source: int, prefix: str, name: str, limit: int) -> bool:
        room = MAX_TOTAL - sum(map(len, self.files.values()))
        try:
            self.files[prefix + name] = read(source, name, min(limit, room))
        except FileNotFoundError:
            return False
        except RefusedFile as problem:
            self.refused.append({"name": prefix + name, "reason": str(problem)})
            return False
        return True

    def models(self, source: int, prefix: str, letter: str, limit: int, most: int) -> None:
        """The newest first: a name is tried, never listed."""
        found = 0
        for index in reversed(range(1000)):
            if found == most:
                break
            if self.take(source, prefix, f"{letter}{index:03d}.json", MAX_JSON):
                found += self.take(source, prefix, f"{letter}{index:03d}.bin", limit)


def fresh(sources: dict[str, int], account: dict[str, Any]) -> dict[str, bytes]:
    """The files of sandboxes that have just ended."""
    taking = Taking()
    for source, number in sorted(
        sources.items(), key=lambda item: (item[0] != "main", item[0])
    ):  # further runs take what is left
        taking.take(number, source + "-", "values.json", MAX_JSON)
        if source.startswith(("main", "again")):
            taking.models(number, source + "-", "m", MAX_BIN, MAX_MODELS)
        if source == "fallback":
            taking.models(number, "fallback-", "p", MAX_PREDICTED, MAX_ASKED)
    return {**taking.files, "account.json": json.dumps({**account, "refused": taking.refused[:64]}).encode()}


def kept(archive: int) -> dict[str, bytes]:
    """The files of an archive of ours; whatever else stands in it is left there."""
    with open(archive, "rb") as file, zipfile.ZipFile(file) as packed:
        known = [item for item in packed.infolist() if _NAMES.fullmatch(item.filename)]
        if sum(item.file_size for item in known) > MAX_TOTAL + MAX_JSON:
            raise ValueError("the archive is larger than any of ours")
        return {item.filename: packed.read(item) for item in known}


def main() -> None:
    sources = {key[10:].lower(): int(value) for key, value in os.environ.items() if key.startswith("GRADER_FD_")}
    line = sys.stdin.readline()
    files = kept(sources["kept"]) if "kept" in sources else fresh(sources, json.loads(line))
    digest = hashlib.sha256()
    with zipfile.ZipFile(OUT + "evidence.zip", "w") as archive:
        for name in sorted(files):
            with open(OUT + name, "wb") as file:
                file.write(files[name])
            archive.writestr(zipfile.ZipInfo(name), files[name])
            digest.update(f"{name}\0{len(files[name])}\0".encode() + files[name])
    models = sum(re.fullmatch(r"(main|again\d)-m\d{3}\.bin", name) is not None for name in files)
    print(json.dumps({"digest": digest.hexdigest(), "models": models, "account": json.loads(files["account.json"])}))


if __name__ == "__main__":
    main()
