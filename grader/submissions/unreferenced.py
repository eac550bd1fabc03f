"""Blobs that no row refers to: drafts that were replaced, uploads that were refused after their bytes were put.

A column refers to blobs if it is called `digest` or `…_digest`: whoever adds one needs to think of nothing here.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.apps import apps
from django.db.models import CharField

from grader import blobs

GRACE_S = 3600  # far longer than any transaction that puts a blob and then writes its row


@dataclass(frozen=True)
class Cleaned:
    """How many blobs nothing refers to and how large they are together, and how many stay."""

    removed: int
    freed_bytes: int
    kept: int


def blobs_clean(*, grace_s: float = GRACE_S, dry_run: bool = False) -> Cleaned:
    """Remove what nothing refers to and nobody has put for `grace_s`. Safe beside uploads, and twice at once."""
    there = list(blobs.names())  # before the rows are read, so that a row written meanwhile is seen
    wanted = _referred_to()
    act = blobs.size_if_unused if dry_run else blobs.remove
    sizes = [act(name, unused_s=grace_s) for name in there if name.startswith(".") or bytes.fromhex(name) not in wanted]
    removed = sum(size > 0 for size in sizes)
    return Cleaned(removed, sum(sizes), len(there) - removed)


def referring_columns() -> list[tuple[str, str]]:
    """Model and field of everything that names a blob."""
    return [
        (model._meta.label, column.name)
        for model in apps.get_models()
        for column in model._meta.concrete_fields
        if isinstance(column, CharField) and (column.name == "digest" or column.name.endswith("_digest"))
    ]


def _referred_to() -> set[bytes]:
    found: set[bytes] = set()
    for label, name in referring_columns():
        column = apps.get_model(label)._base_manager.exclude(**{name: ""}).values_list(name, flat=True)
        found.update(bytes.fromhex(digest) for digest in column.iterator(chunk_size=10_000) if len(digest) == 64)
    return found
