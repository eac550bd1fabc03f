"""A course's folder out of a zip that somebody sent: plain files inside of it, bounded, or nothing at all.

Nothing of an archive is believed: neither the sizes it states nor its names. All that is wrong with it is found at once, and
nothing is written before. Its files are data: nothing here or later runs one of them outside a sandbox.
"""

from __future__ import annotations

import io
import re
import stat
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from assignments.package.archive import LARGEST, MOST_FILES
from assignments.package.problems import Problem, Problems
from grader.catalogue.values import Told, told

RATIO = 200  # times that a file may be larger than what it was packed into
_LONGEST_NAME = 200
_LEFT_OUT = ("__MACOSX", "__pycache__", "node_modules", ".git")
_CHUNK = 1 << 16


class ZipRefused(Exception):
    """A zip that is not taken, with everything that is wrong with it."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__("\n".join(str(one) for one in problems))


def unzip_course(content: bytes, into: Path) -> None:
    """Write the course's files into the folder `into`, which is made. `course.yaml` stands at the root or in the one folder.

    Raises:
        ZipRefused: it is no zip, too large, or holds what is no plain file inside of it. Then nothing is left behind.
    """
    problems = Problems()
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = [one for one in archive.infolist() if not one.is_dir() and not _left_out(one.filename)]
            _check(members, problems)
            root = _root(members, problems)
            files = _read(archive, members, problems) if not problems.found else {}
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, RuntimeError, OSError, ValueError) as trouble:
        raise ZipRefused([Problem(Path("zip"), 1, told("package.not_a_zip"))]) from trouble
    except (zlib.error, EOFError) as trouble:  # found out while a file of it is unpacked
        raise ZipRefused([Problem(Path("zip"), 1, told("package.damaged_zip"))]) from trouble
    if problems.found:
        raise ZipRefused(problems.found)
    for name, data in files.items():
        target = into / PurePosixPath(name).relative_to(root)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)


def _left_out(name: str) -> bool:
    """What systems and editors leave beside the files; it is not part of a package anyway."""
    parts = PurePosixPath(name).parts
    return any(part in _LEFT_OUT or part in (".DS_Store", "Thumbs.db") for part in parts)


def _check(members: list[zipfile.ZipInfo], problems: Problems) -> None:
    if len(members) > MOST_FILES:
        problems.add(Path("zip"), 1, "package.zip_files", files=len(members), most=MOST_FILES)
        return
    stated = sum(one.file_size for one in members)
    if stated > LARGEST:
        problems.add(Path("zip"), 1, "package.zip_bytes", size=stated, most=LARGEST)
    seen: dict[str, str] = {}
    for one in members:
        problems.found += [Problem(Path(_shown(one.filename)), 1, wrong) for wrong in _wrong(one)]
        folded = one.filename.casefold()
        if folded in seen:
            problems.add(Path(_shown(one.filename)), 1, "package.name_twice", name=_shown(seen[folded]))
        seen[folded] = one.filename
    for folded, name in seen.items():
        if any(str(above) in seen for above in PurePosixPath(folded).parents):
            problems.add(Path(_shown(name)), 1, "package.file_and_folder")


def _wrong(one: zipfile.ZipInfo) -> Iterator[Told]:
    name, path = one.filename, PurePosixPath(one.filename)
    if path.is_absolute() or ".." in path.parts or "\\" in name or re.match(r"[A-Za-z]:", name):
        yield told("package.leads_out")
    elif len(name) > _LONGEST_NAME or not name.isprintable():
        yield told("package.odd_name", most=_LONGEST_NAME)
    kind = stat.S_IFMT(one.external_attr >> 16)
    if kind not in (0, stat.S_IFREG):
        yield told("package.no_file")
    if one.flag_bits & 0x1:
        yield told("package.encrypted")
    if one.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):  # others unpack without a bound on a step
        yield told("package.packed_oddly")
    if one.file_size > 1 << 20 and one.file_size > RATIO * max(1, one.compress_size):
        yield told("package.bomb", ratio=RATIO)


def _root(members: list[zipfile.ZipInfo], problems: Problems) -> PurePosixPath:
    """Where `course.yaml` stands: nothing, or the name of the one folder."""
    paths = [PurePosixPath(one.filename) for one in members]
    if PurePosixPath("course.yaml") in paths:
        return PurePosixPath()
    tops = {path.parts[0] for path in paths if path.parts}
    if len(tops) == 1 and (top := PurePosixPath(next(iter(tops)))) / "course.yaml" in paths:
        return top
    problems.add(Path("zip"), 1, "package.no_course_file")
    return PurePosixPath()


def _read(archive: zipfile.ZipFile, members: list[zipfile.ZipInfo], problems: Problems) -> dict[str, bytes]:
    """The files, counted as they come: what an archive states of its sizes may be a lie."""
    files: dict[str, bytes] = {}
    left = LARGEST
    for one in members:
        parts: list[bytes] = []
        with archive.open(one) as source:
            while left >= 0 and (chunk := source.read(_CHUNK)):
                parts.append(chunk)
                left -= len(chunk)
        if left < 0:
            problems.add(Path("zip"), 1, "package.zip_too_large", most=LARGEST)
            return {}
        files[one.filename] = b"".join(parts)
    return files


def _shown(name: str) -> str:
    return "".join(sign if sign.isprintable() else "?" for sign in name)[:_LONGEST_NAME] or "?"


def zip_course(folder: Path) -> bytes:
    """A folder as a zip, for whoever wants the files back; the same folder gives the same bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(one for one in folder.rglob("*") if one.is_file()):
            info = zipfile.ZipInfo(f"{folder.name}/{file.relative_to(folder).as_posix()}", (1980, 1, 1, 0, 0, 0))
            info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, 0o100644 << 16
            archive.writestr(info, file.read_bytes())
    return buffer.getvalue()
