"""`drive.mount(…)`: no Drive is here, so what would lie on it is not found."""

from __future__ import annotations

from _grader_kit.adapt.notes import note


def mount(mountpoint: str = "/content/drive", *_: object, **__: object) -> None:
    note("note.no_drive")
    print(f"Google Drive is not connected here; nothing is at {mountpoint}.")


def flush_and_unmount(*_: object, **__: object) -> None:
    """Nothing is mounted."""
