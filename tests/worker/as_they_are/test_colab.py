"""Colab's own package is not here, and a notebook that asks for it runs."""

from __future__ import annotations

import pytest

from tests.worker.as_they_are.notebooks import KERAS, PLAIN, Graded, notes, said


def test_what_colab_has_is_there_and_does_nothing(graded: Graded) -> None:
    result = graded(
        "from google.colab import drive, files, userdata, output, auth\ndrive.mount('/content/drive', force_remount=True)",
        "uploaded = files.upload()\nassert uploaded == {}\nfiles.download('a.csv')",
        "assert userdata.get('KAGGLE_KEY') == ''\noutput.clear()\nauth.authenticate_user()",
        "from google.colab import syntax\nsyntax.sql('x')",
    )

    assert result.run.status == "ok", result.run
    assert notes(result) == [
        "Google Drive is not connected during grading: files on it cannot be read.",
        "files.upload() gave no files: only the notebook itself is here during grading.",
        "`files.download` is a feature of Colab and did nothing during grading.",
        "The Colab secret “KAGGLE_KEY” is not available during grading; an empty text was used.",
        "`auth.authenticate_user` is a feature of Colab and did nothing during grading.",
        "`syntax.sql` is a feature of Colab and did nothing during grading.",
    ]


@pytest.mark.parametrize("first", ["import google.colab", "import google.protobuf", "import tensorflow"])
def test_the_stand_in_hides_nothing_of_google_s_that_is_here(graded: Graded, first: str) -> None:
    result = graded(first, "import google.colab, google.protobuf\nprint(google.protobuf.__version__)", package=KERAS)

    assert result.run.status == "ok", result.run


def test_a_file_on_drive_is_missed_in_words(graded_once: Graded) -> None:
    result = graded_once("from google.colab import drive\ndrive.mount('/content/drive')", "open('/content/drive/MyDrive/a.csv')")

    assert result.run.status == "error"
    assert "The path leads to Google Drive or Colab's disk" in said(result, PLAIN)
    assert "Путь ведёт на Google Drive" in said(result, PLAIN, "ru")
