"""Why an upload was not taken: one class per thing a caller can handle, each with a code of the catalogue and values."""

from __future__ import annotations

from grader.checks.values import Scalar, Values


class SubmitRefused(Exception):
    """An upload that makes no submission. Nothing is stored, no attempt is used."""

    code = "submit.refused"

    def __init__(self, code: str = "", values: Values | None = None) -> None:
        self.code = code or self.code
        self.values: dict[str, Scalar] = dict(values or {})
        super().__init__(f"{self.code} {self.values}" if self.values else self.code)


class Refused(SubmitRefused):
    """The file is no notebook that we can run; `code` says in which way (preflight.…)."""


class BadAnswer(SubmitRefused):
    """A typed answer can't be read; `values["task"]` names the task."""


class NotOpen(SubmitRefused):
    code = "submit.not_open"


class Closed(SubmitRefused):
    code = "submit.closed"


class NoAttemptsLeft(SubmitRefused):
    code = "submit.no_attempts"


class TooSoon(SubmitRefused):
    """The cool-down after the last attempt is not over."""

    code = "submit.too_soon"


class TooMany(SubmitRefused):
    """So many within a day, cancelled ones too, that no person made them."""

    code = "submit.too_many"


class UnderWay(SubmitRefused):
    """As many of this student's submissions for the assignment wait or run as may at once."""

    code = "submit.under_way"


class NothingSubmitted(SubmitRefused):
    code = "submit.nothing"


class ExternalIdTaken(SubmitRefused):
    """The caller's own id of a submission was used before, for another student."""

    code = "submit.external_id_taken"
