"""The check of a whole course, or some of its assignments: cases, tries, what was found, proofs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from assignments.package.values import AssignmentPackage
from grader.catalogue.values import Told, told
from worker.config import WorkerConfig
from worker.course_check import cases, equivalents, found, proofs
from worker.course_check.found import AssignmentFound
from worker.course_check.keep import Kept
from worker.course_check.proofs import Claim
from worker.course_check.run import Say, tried


@dataclass
class CourseFound:
    """What is known of every assignment that was checked, and what the reproductions show."""

    course: str
    assignments: list[AssignmentFound] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)
    problems: list[Told] = field(default_factory=list)

    @property
    def tasks(self) -> int:
        return sum(len(one.package.tasks) for one in self.assignments)

    @property
    def all_problems(self) -> list[Told]:
        weak = [_weak(one) for one in self.claims if not one.good]
        return [*self.problems, *(problem for one in self.assignments for problem in one.problems), *weak]


def _weak(claim: Claim) -> Told:
    return told("proof.weak_claim", program=claim.program, claim=claim.sentence, held=claim.held, runs=claim.runs)


@dataclass(frozen=True)
class Wanted:
    """How thoroughly to check: seeds of the reference's training, by assignment where they differ; mutants or none."""

    seeds: int = 1
    seeds_of: dict[str, int] = field(default_factory=dict)
    mutants: bool = True
    jobs: int = 1
    proofs: bool = True  # False: programs of the package do not run, since whoever sent it may not run programs here


def planned(packages: Sequence[AssignmentPackage], wanted: Wanted) -> tuple[dict[str, list[cases.Case]], list[Told]]:
    """What is to be tried, by assignment, and why some can't be."""
    to_try: dict[str, list[cases.Case]] = {}
    problems: list[Told] = []
    for package in packages:
        try:
            seeds = wanted.seeds_of.get(package.slug, wanted.seeds)
            to_try[package.slug] = list(cases.of(package, seeds, mutants=wanted.mutants))
        except cases.NotTried as problem:
            problems.append(problem.told)
    return to_try, problems


def checked(
    course: str, packages: Sequence[AssignmentPackage], wanted: Wanted, kept: Kept, config: WorkerConfig, say: Say
) -> CourseFound:
    """Try everything that is not known yet, and put it together."""
    total = CourseFound(course)
    to_try, total.problems = planned(packages, wanted)
    results = tried([case for some in to_try.values() for case in some], kept, config, say, wanted.jobs)
    for package in packages:
        if package.slug in to_try:
            total.assignments.append(found.of(package, to_try[package.slug], results, equivalents.of(package.root)))
        if not wanted.proofs:
            continue
        try:
            total.claims += proofs.claims(package.root, kept, say)
        except proofs.ProofBroke as problem:
            total.problems.append(problem.told)
    return total
