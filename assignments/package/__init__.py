"""The course format: files that a teacher writes, read and checked into frozen values; and answers, read as people type them.

Owns `schema.py` and `loader.py` (files to values, every error with its file and line), `archive.py` (a folder as
bytes, always the same bytes) and `answers.py`. Imports `grader.checks` and nothing of Django. Start with `values.py`.
"""

from assignments.package.answers import AnswerError, read_answer, read_answers
from assignments.package.archive import digest, pack, unpack
from assignments.package.loader import load_assignment, load_course
from assignments.package.problems import PackageErrors
from assignments.package.values import AssignmentPackage, CoursePackage, Task

__all__ = [
    "AnswerError",
    "AssignmentPackage",
    "CoursePackage",
    "PackageErrors",
    "Task",
    "digest",
    "load_assignment",
    "load_course",
    "pack",
    "read_answer",
    "read_answers",
    "unpack",
]
