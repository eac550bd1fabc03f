"""Every kind of event that callers outside may hear of, by webhook or by the API's feed, with the shape of what it carries.

This is the one list: endpoints choose from it, the pages and the API show it, docs/reference/schema/events/ is written from it
(`manage.py event_schemas`), and tests hold each event that is written against it. What is not listed here never leaves the house:
mail's own events (`person.invited`), and the audit log (`audit.*`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
COUNT: Schema = {"type": "integer", "minimum": 0}
SCORE: Schema = {"type": ["string", "null"], "pattern": r"^\d+\.\d\d$"}
MOST: Schema = {"type": "string", "pattern": r"^\d+\.\d\d$"}
MOMENT: Schema = {"type": ["string", "null"], "format": "date-time"}


def _id(prefix: str) -> Schema:
    return {"type": "string", "pattern": f"^{prefix}_[0-9a-z]{{26}}$"}


def _one_of(*values: str) -> Schema:
    return {"type": "string", "enum": list(values)}


WHOSE: Mapping[str, Schema] = {
    "course": {**TEXT, "description": "The course's slug."},
    "assignment": {**TEXT, "description": "The assignment's slug."},
    "external_user_id": {**TEXT, "description": "The student as the LMS knows them in this course; empty where it does not."},
}
SUBMISSION: Mapping[str, Schema] = {
    "submission_id": _id("sub"),
    **WHOSE,
    "external_submission_id": {**TEXT, "description": "As it was given at submission; empty where none was."},
    "attempt": COUNT,
}
RUN: Mapping[str, Schema] = {"run_id": _id("run"), **SUBMISSION}
GRADE: Mapping[str, Schema] = {
    "grade_id": _id("grd"),
    **WHOSE,
    "score": {**SCORE, "description": "The grade after policy and overrides; null: nothing counts any more."},
    "max_score": MOST,
    "grade_version": {**COUNT, "description": "Grows with each change of this grade: keep the greatest, drop what is older."},
    "reason": _one_of("run", "regrade", "override", "review", "late_policy"),
}
REVIEW: Mapping[str, Schema] = {"review_id": _id("rev"), "submission_id": _id("sub"), **WHOSE, "task": TEXT}
EXTENSION: Mapping[str, Schema] = {
    "extension_id": _id("ext"),
    **WHOSE,
    "due_at": MOMENT,
    "closes_at": MOMENT,
    "more_attempts": COUNT,
}


@dataclass(frozen=True)
class EventType:
    """`says` is one sentence for whoever chooses; `data` names all fields that the event carries, and no others."""

    name: str
    says: str
    data: Mapping[str, Schema]

    def schema(self) -> Schema:
        """The JSON Schema of a body. Fields may be added within v1, so what is unknown is allowed."""
        return {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": self.name,
            "description": self.says,
            "type": "object",
            "required": ["type", "timestamp", "data"],
            "properties": {
                "type": {"const": self.name},
                "timestamp": {"type": "string", "format": "date-time", "description": "When it happened, UTC."},
                "data": {"type": "object", "required": list(self.data), "properties": dict(self.data)},
            },
        }


EVENT_TYPES: Mapping[str, EventType] = {
    one.name: one
    for one in (
        EventType("submission.received", "A student's work was taken in.", SUBMISSION),
        EventType("run.started", "A worker has begun to grade a submission.", RUN),
        EventType(
            "run.finished",
            "A run came to its end and was judged; `broken` is a notebook that could not be run.",
            {**RUN, "status": _one_of("graded", "broken"), "score": SCORE, "max_score": SCORE},
        ),
        EventType(
            "run.failed",
            "The service itself failed to judge a run. It costs the student nothing.",
            {**RUN, "status": _one_of("not_judged", "quarantined"), "tries_again": {"type": "boolean"}},
        ),
        EventType("grade.posted", "A student has a score in an assignment for the first time; beside grade.changed.", GRADE),
        EventType("grade.changed", "A grade changed, the first score included.", GRADE),
        EventType(
            "regrade.finished",
            "A regrade has been applied to the last submission; each changed grade is told by grade.changed.",
            {"regrade_id": _id("rgr"), "course": TEXT, "assignment": TEXT, "submissions": COUNT, "changed": COUNT},
        ),
        EventType("review.requested", "A task waits for a person.", {**REVIEW, "cause": _one_of("check", "student")}),
        EventType("review.resolved", "A person has answered.", REVIEW),
        EventType("extension.given", "A student has more time or attempts.", EXTENSION),
        EventType("extension.taken_back", "A student's extension holds no longer.", EXTENSION),
        EventType("endpoint.ping", "A test of one endpoint; sent when somebody asks for it.", {"endpoint_id": _id("whe")}),
    )
}
PING = "endpoint.ping"
CHOSEN_FROM = tuple(name for name in EVENT_TYPES if name != PING)  # a ping reaches the endpoint it is for, whatever that chose
