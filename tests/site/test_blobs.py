from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor

import pytest

from grader import blobs


def test_bytes_come_back_as_they_were_put_and_are_ours_alone():
    digest = blobs.put(b"a notebook")

    assert digest == hashlib.sha256(b"a notebook").hexdigest()
    assert blobs.get(digest) == b"a notebook"
    assert blobs.path(digest).stat().st_mode & 0o777 == 0o600


def test_eight_writers_of_the_same_bytes_leave_one_whole_blob():
    data = b"x" * 3_000_000

    with ThreadPoolExecutor(8) as pool:
        digests = set(pool.map(blobs.put, [data] * 8))

    (digest,) = digests
    assert blobs.get(digest) == data
    assert [file.name for file in blobs.path(digest).parent.iterdir() if file.name.startswith(".")] == []


def test_a_blob_that_was_damaged_on_disk_is_not_served():
    digest = blobs.put(b"will be damaged")
    blobs.path(digest).write_bytes(b"damaged")

    with pytest.raises(blobs.BlobMissing, match="damaged"):
        blobs.get(digest)


def test_a_blob_that_is_not_there_is_told_by_its_digest():
    with pytest.raises(blobs.BlobMissing, match="0" * 64):
        blobs.get("0" * 64)


@pytest.mark.parametrize("digest", ["../../etc/passwd", "", "A" * 64, "0" * 63])
def test_what_is_no_digest_never_becomes_a_path(digest: str):
    with pytest.raises(ValueError, match="SHA-256"):
        blobs.path(digest)
