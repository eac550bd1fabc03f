"""The courses that ship: what needs no sandbox is proved here in a second, and each kept reason names a mutant that is made."""

from __future__ import annotations

from pathlib import Path

import pytest

import assignments
from assignments.package import load_course
from worker.course_check import cases, equivalents, found
from worker.course_check.run import at_once

COURSES = Path(assignments.__file__).parent / "courses"
SHIPPED = {f"{course}/{one.slug}": one for course in ("dl2", "template") for one in load_course(COURSES / course).assignments}


@pytest.mark.parametrize("name", [name for name, one in SHIPPED.items() if not one.needs_worker])
def test_an_assignment_of_typed_answers_is_proved(name):
    package = SHIPPED[name]
    some = list(cases.of(package, 1))

    proved = found.of(package, some, {case: at_once(case) for case in some}, equivalents.of(package.root))

    assert proved.problems == []
    assert proved.made > 5


@pytest.mark.parametrize("name", [name for name, one in SHIPPED.items() if one.needs_worker])
def test_every_reason_for_a_survivor_names_a_mutant(name):
    package = SHIPPED[name]

    assert equivalents.of(package.root).unused(list(cases.of(package, 1))) == []
