"""A package folder as bytes: the same folder gives the same bytes, so that a version is known by its digest."""

from __future__ import annotations

import hashlib
import io
import tarfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from grader.catalogue import say
from grader.catalogue.values import Told, told

LARGEST = 64 * 2**20  # bytes unpacked
MOST_FILES = 1000
_LEFT_OUT = ("__pycache__", "node_modules")


class NotPacked(ValueError):
    """A folder that is no package's."""

    def __init__(self, why: Told) -> None:
        self.told = why
        super().__init__(say(why, "en"))


def pack(folder: Path) -> bytes:
    """The folder's files as a tar: sorted, without owner, mode or time. Raises NotPacked for a link or a giant."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name, file in _files(folder):
            content = file.read_bytes()
            info = tarfile.TarInfo(name)
            info.size, info.mode, info.mtime = len(content), 0o644, 0
            tar.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    """Plain files by their name in the archive; what editors and notebooks leave behind is not part of a package."""
    total, found = 0, []
    for file in folder.rglob("*"):
        parts = file.relative_to(folder).parts
        if any(part.startswith(".") or part in _LEFT_OUT or part.endswith(("~", ".pyc")) for part in parts):
            continue
        if file.is_symlink():
            raise NotPacked(told("package.link", file="/".join(parts)))
        if file.is_file():
            total += file.stat().st_size
            found.append(("/".join(parts), file))
    if total > LARGEST or len(found) > MOST_FILES:
        most = {"most": MOST_FILES, "most_bytes": LARGEST}
        raise NotPacked(told("package.too_much", files=len(found), total=total, **most))
    yield from sorted(found)


def unpack(data: bytes, into: Path) -> None:
    """Write a packed folder's files under `into`. Raises ValueError for anything but plain files with plain names."""
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as tar:
        members = tar.getmembers()
        if len(members) > MOST_FILES or sum(member.size for member in members) > LARGEST:
            raise ValueError("The archive is larger than a package may be.")
        for member in members:
            path = PurePosixPath(member.name)
            if not member.isreg() or path.is_absolute() or ".." in path.parts or "\\" in member.name:
                raise ValueError(f"The archive holds {member.name!r}, which is not a plain file inside it.")
        for member in members:
            target = into / member.name
            target.parent.mkdir(parents=True, exist_ok=True)
            source = tar.extractfile(member)
            target.write_bytes(source.read() if source else b"")


def digest(folder: Path) -> str:
    """SHA-256 of the packed folder, hex."""
    return hashlib.sha256(pack(folder)).hexdigest()
