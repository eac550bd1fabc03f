from __future__ import annotations

import os
import socket
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from worker.zone_c_trusted import intake


def directory(path: Path) -> int:
    return os.open(path, os.O_RDONLY | os.O_DIRECTORY)


def a_symlink(path: Path) -> None:
    (path / "m000.json").symlink_to("/etc/passwd")


def a_hard_link(path: Path) -> None:
    (path / "other").write_text("x")
    (path / "m000.json").hardlink_to(path / "other")


def a_fifo(path: Path) -> None:
    os.mkfifo(path / "m000.json")


def a_directory(path: Path) -> None:
    (path / "m000.json").mkdir()


def a_socket(path: Path) -> None:
    here = os.getcwd()
    os.chdir(path)  # a socket's path is short
    socket.socket(socket.AF_UNIX).bind("m000.json")
    os.chdir(here)


def a_device(path: Path) -> None:
    os.mknod(path / "m000.json", stat.S_IFCHR | 0o666, os.makedev(1, 5))


@pytest.mark.parametrize("make", [a_symlink, a_hard_link, a_fifo, a_directory, a_socket, a_device])
def test_only_plain_files_are_taken(tmp_path: Path, make: Callable[[Path], None]) -> None:
    if make is a_device and os.geteuid() != 0:
        pytest.skip("only root makes a device")
    make(tmp_path)

    with pytest.raises(intake.RefusedFile, match=r"missing\.not_plain_file"):
        intake.read(directory(tmp_path), "m000.json", 1000)


def test_a_sparse_file_of_a_terabyte_is_too_large_and_not_read(tmp_path: Path) -> None:
    with (tmp_path / "m000.bin").open("wb") as file:
        file.truncate(1 << 40)

    with pytest.raises(intake.RefusedFile, match=r"missing\.too_large"):
        intake.read(directory(tmp_path), "m000.bin", 1 << 20)


@pytest.mark.parametrize("name", ["../secret", "/etc/passwd", "sub/../../secret", "linked/secret"])
def test_no_name_leads_out_of_the_directory(tmp_path: Path, name: str) -> None:
    inner = tmp_path / "out"
    (inner / "sub").mkdir(parents=True)
    (tmp_path / "secret").write_text("x")
    (inner / "linked").symlink_to(tmp_path)

    with pytest.raises((intake.RefusedFile, FileNotFoundError)):
        intake.read(directory(inner), name, 1000)


def test_a_plain_file_is_taken_byte_for_byte(tmp_path: Path) -> None:
    (tmp_path / "values.json").write_bytes(b"\x00\xff{}")

    assert intake.read(directory(tmp_path), "values.json", 1000) == b"\x00\xff{}"
