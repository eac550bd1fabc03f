"""Values and files that have brought services down, each with why."""

from __future__ import annotations

import io
import json
import zipfile

from tests.factories import small_course_folder

VALUES = {
    "nothing": "",
    "a NUL, which Postgres takes in no text": "a\x00b",
    "a number of 5,000 digits, at which int() gives up": "9" * 5000,
    "a number that no column holds": "99999999999999999999",
    "less than nothing": "-1",
    "not a number": "NaN",
    "more than any number": "1e999",
    "a digit that int() refuses": "²",
    "digits of another script": "١٢٣",
    "the last year": "9999-12-31T23:59",
    "the first year": "0001-01-01T00:00",
    "a way up": "../../../etc/passwd",
    "half of a letter": "\udcff",
    "a list": "[1,2",
    "many letters": "x" * 70_000,
    "turned round": "\u202e\u200btxt.",
}
# Those at which most fell over before: for what has very many fields.
SHARP = {title: value for title, value in VALUES.items() if title.startswith(("nothing", "a NUL", "a number", "the last"))}


def notebook(source: str = "print(1)", metadata: str = "{}") -> bytes:
    cell = f'{{"cell_type":"code","source":{json.dumps(source)},"metadata":{metadata},"outputs":[],"execution_count":null}}'
    return f'{{"nbformat":4,"nbformat_minor":5,"metadata":{{}},"cells":[{cell}]}}'.encode()


def zipped(names: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in names.items():
            archive.writestr(name, data)
    return made.getvalue()


def broken_zips() -> dict[str, bytes]:
    whole = zipped({"course.yaml": b"title: {ru: a, en: b}\nassignments: []\n" * 50, "quiz/assignment.yaml": b"title: x" * 200})
    at = whole.index(b"course.yaml") + 11
    directory = whole.index(b"PK\x01\x02")
    return {
        "a zip whose content is damaged": whole[:at] + b"\xff" * 20 + whole[at + 20 :],
        "a zip that is cut": whole[: len(whole) // 2],
        "a zip whose list points outside": whole[:-6] + b"\xff\xff\xff\x7f\x00\x00",
        "a zip that says it is encrypted": whole[: directory + 8] + b"\x01\x00" + whole[directory + 10 :],
        "a zip packed in an unknown way": whole[: directory + 10] + b"\x63\x00" + whole[directory + 12 :],
        "a zip with a NUL in a name": whole.replace(b"course.yaml", b"course\x00yaml"),
        "a zip with a NUL in a file": zipped({"course.yaml": b"title: {ru: a\x00, en: b}\nassignments: []\n"}),
        "a zip with a number of 5,000 digits": zipped({"course.yaml": b"title: " + b"9" * 5000 + b"\nassignments: [a]\n"}),
        "a zip of deep lists": zipped({"course.yaml": b"title: " + b"[" * 3000 + b"\n"}),
        "a zip with a date that is none": zipped({"course.yaml": b"title: 2024-13-45\nassignments: [1, .inf, !!binary x]\n"}),
    }


def courses() -> dict[str, bytes]:
    """Whole courses, each with one file that is not what it says."""
    folder = small_course_folder()
    whole = {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
    quiz = whole["quiz/assignment.yaml"]
    changes = {
        "a reference of deep JSON": ("lab/reference.ipynb", b"[" * 100_000),
        "a starter that is no text": ("lab/starter.ipynb", bytes(range(256))),
        "a starter with a number of 5,000 digits": ("lab/starter.ipynb", b'{"nbformat": ' + b"9" * 5000 + b"}"),
        "a text with a NUL": ("quiz/ru.md", b"# A\x00\n\n## 1.1 B\n\n## 1.2 C\n"),
        "a text of deep lists": ("quiz/en.md", b"# A\n\n## 1.1 B\n\n" + b"> " * 5000 + b"x\n\n## 1.2 C\n"),
        "a title with a NUL": ("quiz/assignment.yaml", quiz.replace("Вопросы".encode(), b'"a\\0b"')),
        "a title with half a letter": ("quiz/assignment.yaml", quiz.replace("Вопросы".encode(), b'"\\ud800"')),
        "points without end": ("quiz/assignment.yaml", quiz.replace(b"points: 2", b"points: .inf")),
        "points of 5,000 digits": ("quiz/assignment.yaml", quiz.replace(b"points: 2", b"points: " + b"9" * 5000)),
        "an answer of 5,000 digits": ("quiz/assignment.yaml", quiz.replace(b"equals: 50", b"equals: " + b"9" * 5000)),
        "an exception's pattern that never ends": ("quiz/exceptions.yaml", b'- {pattern: "(a*)*b", ru: x, en: x}\n'),
        "reference answers of deep JSON": ("lab/reference.answers.json", b"[" * 100_000),
        "a figure that nests deeply": ("quiz/figures/a.svg", b"<svg>" + b"<g>" * 100_000),
    }
    return {f"a course with {title}": zipped(whole | {name: data}) for title, (name, data) in changes.items()}


FILES = {
    "nothing": b"",
    "NULs": b"\x00" * 200,
    "no text": bytes(range(256)) * 4,
    "UTF-16 that is cut": b"\xff\xfea",
    "a table with a NUL": b"name,email\nA\x00nna,anna\x00@example.org\n",
    "a table of quotes": b'"' * 9999,
    "a table with a cell that csv refuses": b'name,email\n"' + b"x" * 140_000 + b'",a@example.org\n',
    "JSON with a number of 5,000 digits": b'{"nbformat": ' + b"9" * 5000 + b', "cells": []}',
    "deep JSON": b"[" * 100_000,
    "a notebook with a NUL": notebook("print('\x00')"),
    "a notebook with half a letter": notebook("print('\udcff')"),
    "a notebook with a number of 5,000 digits": notebook("x = " + "9" * 5000, '{"x": ' + "9" * 5000 + "}"),
    "a notebook with deep code": notebook("(" * 5000 + ")" * 5000),
    "a notebook with deep metadata": notebook("1", "[" * 900 + "]" * 900),
    "a notebook with infinite numbers": notebook("1", '{"x": NaN, "y": 1e999}'),
    **broken_zips(),
    **courses(),
}

# Parts of an address, as they are sent.
PARTS = {
    "a NUL": "a%00b",
    "a NUL alone": "%00",
    "3,000 letters": "x" * 3000,
    "300 letters": "x" * 300,
    "a slash in it": "a%2Fb",
    "a way up": "..%2F..%2Fetc%2Fpasswd",
    "letters of another script": "%D0%B7%D0%B0%D0%B4%D0%B0%D1%87%D0%B0",
    "half of a letter": "%ff",
    "half of a pair": "%ED%B3%BF",
    "a number of 5,000 digits": "9" * 5000,
    "a number that no column holds": "9" * 20,
    "less than nothing": "-1",
    "digits of another script": "%D9%A1%D9%A2",
    "the end of a line": "a%0Ab",
    "turned round": "%E2%80%AE%E2%80%8B",
    "a percent sign": "%25",
    "nothing but a space": "%20",
    "a public id's shape, too long": "sub_" + "a" * 300,
    "an admin's quoted name": "_5F_00",
}
