"""A version is known by its content: the same bytes, wherever they stand, and nothing but plain files."""

from __future__ import annotations

import re

import pytest

from assignments.package import digest, load_assignment, pack, unpack
from tests.courses.makers import TEXTS, a_course, problems


def test_the_same_content_has_the_same_digest_wherever_it_stands(tmp_path):
    one, other = a_course(tmp_path / "a") / "1", a_course(tmp_path / "b") / "1"
    (other / "__pycache__").mkdir()
    (other / "__pycache__" / "x.pyc").write_bytes(b"1")
    (other / ".ipynb_checkpoints").mkdir()
    (other / "ru.md").touch()

    assert digest(one) == digest(other)
    assert re.fullmatch(r"[0-9a-f]{64}", digest(one))


def test_any_changed_byte_changes_the_digest(tmp_path):
    one = a_course(tmp_path) / "1"
    before = digest(one)
    (one / "ru.md").write_text(TEXTS + " ", "utf-8")

    assert digest(one) != before


def test_what_was_packed_comes_out_the_same(tmp_path):
    one = a_course(tmp_path) / "1"
    again = tmp_path / "again" / "1"

    unpack(pack(one), again)

    assert digest(again) == digest(one)
    assert load_assignment(again, "toy").tasks == load_assignment(one, "toy").tasks


def test_a_link_is_no_part_of_a_package(tmp_path):
    course = a_course(tmp_path)
    (course / "1" / "secret").symlink_to("/etc/passwd")

    assert any("is a link" in sentence for sentence in problems(course))


def test_an_archive_may_not_leave_its_folder(tmp_path):
    import io
    import tarfile

    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        info = tarfile.TarInfo("../outside")
        tar.addfile(info, io.BytesIO())

    with pytest.raises(ValueError, match="not a plain file"):
        unpack(buffer.getvalue(), tmp_path / "in")
    assert not (tmp_path / "outside").exists()
