"""`files.upload()` gives no file, `files.download(…)` leaves it where it is."""

from __future__ import annotations

from _grader_kit.adapt.notes import note


def upload(*_: object, **__: object) -> dict[str, bytes]:
    note("note.no_upload")
    return {}


upload_file = upload


def download(filename: str, *_: object, **__: object) -> None:
    note("note.colab", name="files.download")


def view(*_: object, **__: object) -> None:
    note("note.colab", name="files.view")
