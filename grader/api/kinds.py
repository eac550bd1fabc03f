"""What can go wrong, in one table: a stable code, the status, a title, and what to do. Each has a page under docs/problems/.

A code is a promise to callers: it may be added, never renamed. Titles and advice may be reworded.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Words = str | Promise


@dataclass(frozen=True)
class Kind:
    code: str
    status: int
    title: Words
    mend: Words  # what the caller does about it


_ALL = (
    Kind("bad_request", 400, _("The request can't be read"), _("Send well-formed JSON or form data, in UTF-8.")),
    Kind("cursor.invalid", 400, _("The cursor is not one of ours"), _("Take next_cursor as it was given.")),
    Kind(
        "idempotency.key_missing",
        400,
        _("An Idempotency-Key is required"),
        _("Send a random Idempotency-Key with each new request, and the same one when you repeat it."),
    ),
    Kind("token.missing", 401, _("A token is required"), _("Send a token of this site in “Authorization: Bearer …”.")),
    Kind(
        "token.invalid",
        401,
        _("The token is not known"),
        _("Look whether the whole token was copied."),
    ),
    Kind("token.expired", 401, _("The token has expired"), _("Make a new one, or replace it in time: both are taken for a day.")),
    Kind("token.revoked", 401, _("The token was revoked"), _("Ask whoever manages the course for a new one.")),
    Kind("scope.missing", 403, _("The token may not do this"), _("Make a token with the scope that is named here.")),
    Kind("not_found", 404, _("There is no such thing"), _("Look at the id. What a token may not see is not found either.")),
    Kind("route.unknown", 404, _("There is no such address"), _("The addresses are listed in the API's documentation.")),
    Kind("method.not_allowed", 405, _("This address does not take that method"), _("The header Allow names those it takes.")),
    Kind("not_acceptable", 406, _("The answer can't be had in that form"), _("Accept application/json.")),
    Kind(
        "idempotency.in_flight",
        409,
        _("The same request is being answered"),
        _("Wait for as long as Retry-After says and send it again."),
    ),
    Kind("conflict", 409, _("This contradicts what is there"), _("Read the object again and decide anew.")),
    Kind("file.link_over", 410, _("This address of a file is over"), _("Ask for the submission's files again.")),
    Kind("route.retired", 410, _("This address was retired"), _("The documentation names what took its place.")),
    Kind(
        "precondition.failed",
        412,
        _("The object has changed since you read it"),
        _("Read it again, decide anew, and send its new ETag in If-Match."),
    ),
    Kind("too_large", 413, _("The request is too large"), _("Clear the outputs of the notebook. The limit is named here.")),
    Kind(
        "media_type.unsupported",
        415,
        _("The body is of a type that is not taken"),
        _("Send the Content-Type that is named here."),
    ),
    Kind("validation.failed", 422, _("Some fields can't be taken"), _("Each of them is named in errors.")),
    Kind(
        "idempotency.other_body",
        422,
        _("The Idempotency-Key was used for another request"),
        _("A new request gets a new key; a repeated one the same body."),
    ),
    Kind(
        "student.unknown",
        422,
        _("No student of the course has this external id"),
        _("Enrol the student first, or let the course enrol whoever hands in."),
    ),
    Kind(
        "submission.refused",
        422,
        _("The work was not taken"),
        _("What is wrong with it is named in errors. No attempt was used."),
    ),
    Kind(
        "precondition.required",
        428,
        _("Say which version you have seen"),
        _("Read the object and send its ETag in If-Match, so that nobody's change is lost."),
    ),
    Kind("rate.limited", 429, _("Too many requests"), _("Wait for as long as Retry-After says.")),
    Kind("internal", 500, _("We failed"), _("Send the request again later. If it persists, tell us the request_id.")),
    Kind("unavailable", 503, _("We can't answer now"), _("Send the request again after Retry-After.")),
    Kind("queue.full", 503, _("Too much work waits to be graded"), _("Send it again after Retry-After. No attempt was used.")),
    Kind(
        "grade.exists",
        409,
        _("The student has a score already"),
        _("Read the grade that is named here, and override it with its ETag in If-Match."),
    ),
    Kind(
        "review.held",
        409,
        _("Somebody else has this review now"),
        _("Wait until claimed_until, or take another one."),
    ),
    Kind(
        "regrade.nobody",
        422,
        _("No submission fits this choice"),
        _("Widen it: only submissions that have ended are judged again."),
    ),
    Kind(
        "regrade.other_state",
        409,
        _("The regrade is in another state"),
        _("Read it: regrade_status says where it was, and perhaps somebody else was faster."),
    ),
    Kind("regrade.later_one", 409, _("A later regrade stands on this one"), _("Undo that one first.")),
    Kind(
        "regrade.nothing_failed", 409, _("There is nothing to judge again"), _("Only what we failed to judge can be tried again.")
    ),
    Kind("endpoint.resting", 409, _("The endpoint is paused or switched off"), _("Resume it first, then send again.")),
    Kind("review.ended", 409, _("This review is over"), _("Read it: what was decided is in it. Nothing was changed.")),
)
KINDS = {kind.code: kind for kind in _ALL}
