"""A zip that somebody sent is plain bounded files, or nothing of it is written."""

from __future__ import annotations

import io
import stat
import struct
import zipfile

import pytest

from assignments.package import load_course
from assignments.package.archive import LARGEST, MOST_FILES, digest
from assignments.package.zipped import ZipRefused, unzip_course, zip_course
from tests.factories import a_course_folder

COURSE = ("course.yaml", b"title: {ru: A, en: B}\nassignments: []\n")


def zipped(*files: tuple[str | zipfile.ZipInfo, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files:
            archive.writestr(name, content)
    return buffer.getvalue()


def special(name: str, kind: int) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.external_attr = (kind | 0o777) << 16
    return info


@pytest.mark.parametrize("top", ["", "small/", "repository-main/"])
def test_a_folder_comes_out_as_it_went_in(tmp_path, top):
    folder = a_course_folder(tmp_path)
    files = [(top + str(file.relative_to(folder)), file.read_bytes()) for file in folder.rglob("*") if file.is_file()]

    unzip_course(zipped(*files, ("__MACOSX/._course.yaml", b"x")), tmp_path / "out" / "small")

    assert digest(tmp_path / "out" / "small") == digest(folder)
    assert [one.slug for one in load_course(tmp_path / "out" / "small").assignments] == ["quiz", "lab"]


def test_what_is_given_back_can_be_sent_again(tmp_path):
    folder = a_course_folder(tmp_path)

    unzip_course(zip_course(folder), tmp_path / "out" / "small")

    assert digest(tmp_path / "out" / "small") == digest(folder)
    assert zip_course(tmp_path / "out" / "small") == zip_course(folder)


@pytest.mark.parametrize(
    ("file", "said"),
    [
        (("../outside.yaml", b"x"), "leads out of the folder"),
        (("a/../../outside.yaml", b"x"), "leads out of the folder"),
        (("/etc/passwd", b"x"), "leads out of the folder"),
        (("C:/windows.yaml", b"x"), "leads out of the folder"),
        (("13\\..\\..\\outside.yaml", b"x"), "leads out of the folder"),
        ((special("13/hidden", stat.S_IFLNK), b"/etc/passwd"), "a link or a device"),
        ((special("13/pipe", stat.S_IFIFO), b""), "a link or a device"),
        ((special("13/device", stat.S_IFCHR), b""), "a link or a device"),
        (("a" * 201, b"x"), "longer than 200"),
        (("be\x07ll", b"x"), "signs that no file needs"),
        (("COURSE.yaml", b"x"), "twice"),
        (("13/zeros", b"\0" * (8 << 20)), "more than 200 times its size"),
    ],
)
def test_what_is_no_plain_file_inside_is_refused_and_nothing_is_written(tmp_path, file, said):
    with pytest.raises(ZipRefused, match=said):
        unzip_course(zipped(COURSE, file), tmp_path / "small")

    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_a_folder_too_is_refused(tmp_path):
    with pytest.raises(ZipRefused, match="same name"):
        unzip_course(zipped(COURSE, ("13", b"x"), ("13/en.md", b"x")), tmp_path / "small")


@pytest.mark.parametrize("way", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_what_can_not_be_unpacked_in_small_steps_is_refused(tmp_path, way):
    info = zipfile.ZipInfo("13/en.md")
    info.compress_type = way

    with pytest.raises(ZipRefused, match="unusual way"):
        unzip_course(zipped(COURSE, (info, b"text")), tmp_path / "small")


def test_all_that_is_wrong_is_said_at_once(tmp_path):
    with pytest.raises(ZipRefused) as refused:
        unzip_course(zipped(("../a", b"x"), (special("b", stat.S_IFLNK), b"/"), ("c:d", b"")), tmp_path / "small")

    assert len(refused.value.problems) == 4  # and that there is no course.yaml


def test_too_many_files(tmp_path):
    with pytest.raises(ZipRefused, match=f"the most is {MOST_FILES:,}"):
        unzip_course(zipped(COURSE, *((f"{number}.md", b"") for number in range(MOST_FILES))), tmp_path / "small")


def test_too_large_though_each_file_looks_harmless(tmp_path):
    noise = bytes(range(256)) * 4
    big = [(f"{number}/hidden", noise * (1 << 13)) for number in range(LARGEST // (8 << 20) + 1)]

    with pytest.raises(ZipRefused) as refused:
        unzip_course(zipped(COURSE, *big), tmp_path / "small")

    assert f"the most is {LARGEST:,}" in str(refused.value)


def test_a_size_that_is_a_lie_is_found_out(tmp_path):
    content = bytearray(zipped(COURSE, ("13/en.md", b"\0" * (1 << 20))))
    at = content.rindex(b"PK\x01\x02", 0, len(content))
    struct.pack_into("<I", content, at + 24, 10)  # the central directory says: ten bytes

    with pytest.raises(ZipRefused, match="can be read"):
        unzip_course(bytes(content), tmp_path / "small")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"not a zip", b"\x1f\x8b\x08" + b"\0" * 100])
def test_what_is_no_zip_is_refused_in_words(tmp_path, content):
    with pytest.raises(ZipRefused, match="not a zip that can be read"):
        unzip_course(content, tmp_path / "small")


def test_an_encrypted_file_is_refused(tmp_path):
    content = bytearray(zipped(COURSE, ("13/en.md", b"text")))
    at = content.rindex(b"PK\x01\x02")
    struct.pack_into("<H", content, at + 8, 0x1)

    with pytest.raises(ZipRefused, match="encrypted"):
        unzip_course(bytes(content), tmp_path / "small")
