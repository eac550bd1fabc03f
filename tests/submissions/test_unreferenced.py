"""A student may upload again and again before handing in: the disk keeps one draft, and never loses what a row refers to."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from grader import blobs
from grader.submissions.models import Draft
from grader.submissions.services import draft_save
from grader.submissions.unreferenced import GRACE_S, blobs_clean, referring_columns
from tests.factories import Cast, a_notebook, a_submission


@pytest.fixture
def home(settings: Any, tmp_path: Any) -> Any:
    settings.GRADER_HOME = tmp_path
    return tmp_path


def draft(cast: Cast, cell: str) -> Draft:
    return draft_save(
        student=cast.student, assignment=cast.lab, notebook=a_notebook(cell), notebook_name="a.ipynb", answers={"2.1": cell}
    )


def grow_old(digest: str) -> None:
    then = time.time() - GRACE_S - 1
    os.utime(blobs.path(digest), (then, then))


def test_of_replaced_drafts_only_the_last_file_stays(home: Any, cast: Cast):
    cells = [draft(cast, f"print({number})").notebook_digest for number in range(5)]
    for digest in cells:
        grow_old(digest)

    done = blobs_clean()

    assert done.removed == 4
    assert done.freed_bytes > 0
    assert [blobs.path(digest).exists() for digest in cells] == [False, False, False, False, True]


def test_what_a_row_refers_to_stays_however_old(home: Any, cast: Cast):
    submission = a_submission(cast)
    digests = list(blobs.names())
    assert submission.notebook_digest in digests
    assert len(digests) == 3  # the upload, and the packages of two assignments
    for digest in digests:
        grow_old(digest)

    assert blobs_clean().removed == 0
    assert list(blobs.names()) == digests


def test_what_was_put_lately_stays_since_its_row_may_not_be_committed_yet(home: Any, cast: Cast):
    digest = blobs.put(b"on its way")

    assert blobs_clean().removed == 0
    assert blobs.get(digest) == b"on its way"


def test_old_bytes_that_come_again_are_young_again(home: Any, cast: Cast):
    digest = blobs.put(b"the same upload")
    grow_old(digest)

    blobs.put(b"the same upload")  # its row comes in a moment

    assert blobs_clean().removed == 0
    assert blobs.get(digest) == b"the same upload"


@contextmanager
def holding(how: int) -> Iterator[None]:
    """Where somebody else is: in the middle of putting (shared), or of removing (alone)."""
    with (blobs.folder() / "lock").open("w") as file:
        fcntl.flock(file, how)
        yield


def test_whoever_removes_waits_for_one_who_puts_and_looks_at_the_age_afterwards(home: Any):
    digest = blobs.put(b"content")
    grow_old(digest)

    with ThreadPoolExecutor(1) as pool:
        with holding(fcntl.LOCK_SH):
            removed = pool.submit(blobs.remove, digest, unused_s=GRACE_S)
            time.sleep(0.2)
            assert blobs.path(digest).exists()
            os.utime(blobs.path(digest))

        assert removed.result(5) == 0
    assert blobs.get(digest) == b"content"


def test_whoever_puts_waits_for_one_who_removes_and_writes_what_is_gone(home: Any):
    digest = blobs.put(b"content")

    with ThreadPoolExecutor(1) as pool:
        with holding(fcntl.LOCK_EX):
            put = pool.submit(blobs.put, b"content")
            time.sleep(0.2)
            assert not put.done()
            blobs.path(digest).unlink()

        assert put.result(5) == digest
    assert blobs.get(digest) == b"content"


def test_a_dry_run_says_what_would_go_and_removes_nothing(home: Any, cast: Cast):
    digest = blobs.put(b"x" * 2_000_000)
    grow_old(digest)
    said = StringIO()

    call_command("blobs_clean", "--dry-run", stdout=said)

    assert "1 files, 2.0 MB, would be removed" in said.getvalue()
    assert blobs.path(digest).exists()


def test_what_a_killed_process_left_half_written_goes_too(home: Any, cast: Cast):
    digest = blobs.put(b"whole")
    half = blobs.path(digest).with_name(f".{digest[:8]}.17.c0ffee")
    half.write_bytes(b"wh")
    os.utime(half, (0, 0))

    assert blobs_clean().removed == 1
    assert not half.exists()


def test_every_column_that_names_a_blob_is_known(db: None):
    assert {
        ("assignments.CourseUpload", "digest"),
        ("assignments.PackageVersion", "digest"),
        ("submissions.Draft", "notebook_digest"),
        ("submissions.Run", "evidence_digest"),
        ("submissions.Run", "executed_notebook_digest"),
        ("submissions.Run", "notebook_view_digest"),
        ("submissions.Submission", "notebook_digest"),
        ("submissions.TryOut", "notebook_digest"),
    } <= set(referring_columns())


def test_of_very_many_files_none_is_kept_and_none_stands_in_for_another(home: Any, cast: Cast):
    before = len(list(blobs.names()))
    last = [draft(cast, f"print({number})") for number in range(32)][-1]

    assert (last.notebook_digest, last.notebook_name) == ("", "")
    assert last.answers == {"2.1": "print(31)"}
    assert len(list(blobs.names())) - before == 30
