"""Files of a submission: the notebook as it was handed in and as it was run, by addresses that work for some minutes."""

from __future__ import annotations

from datetime import UTC, datetime

from ninja import Schema
from pydantic import Field

from grader.api.access import submissions_for
from grader.api.auth import ApiRequest
from grader.api.files import files_of, sign, until
from grader.api.problems import not_found
from grader.api.routes import Routes
from grader.api.shapes import link
from grader.api.tokens import Scope

routes = Routes("Submissions")


class FileShown(Schema):
    """A file. `kind`: handed_in (as it came) or executed (with the outputs of our run)."""

    kind: str
    name: str
    sha256: str
    url: str = Field(description="Needs no token until `expires_at`; answers with the bytes, to be saved and not shown.")
    expires_at: datetime


class Files(Schema):
    """The files of a submission. None where only answers were typed."""

    submission: str
    files: list[FileShown]


@routes.get("/submissions/{public_id:submission_id}/files", gives=Files, scopes=(Scope.SUBMISSIONS_READ,))
def files_list(request: ApiRequest, submission_id: str) -> Files:
    """The files of a submission, each with an address that can be handed to a browser."""
    submission = submissions_for(request.auth).filter(public_id=submission_id).first()
    if submission is None:
        raise not_found()
    ends = until()
    return Files(
        submission=submission.public_id,
        files=[
            FileShown(
                kind=one.kind,
                name=one.name,
                sha256=one.digest,
                url=link(request, f"/files/{sign(request.auth, submission, one.kind, ends)}"),
                expires_at=datetime.fromtimestamp(ends, UTC),
            )
            for one in files_of(submission)
        ],
    )
