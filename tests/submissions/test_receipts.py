from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from grader import blobs
from grader.gradebook.services import run_record
from grader.submissions.models import Run, RunReceipt
from grader.submissions.receipts import receipt_problems
from grader.submissions.values import Artefact
from tests.factories import Cast, a_claim, a_result, a_submission, the_run


def a_finished_run(cast: Cast) -> Run:
    submission = a_submission(cast)
    run_record(a_claim(submission), a_result(artefacts=(Artefact("evidence.zip", b"evidence"),)))
    return the_run(submission)


def unguarded(sql: str, *values: Any) -> None:
    """Change a row as somebody with the database's password could: past the triggers."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(sql, values)
        cursor.execute("SET LOCAL session_replication_role = origin")


def test_a_finished_run_has_a_receipt_that_holds(cast: Cast):
    out = StringIO()

    call_command("receipt", "verify", a_finished_run(cast).public_id, stdout=out)

    assert "holds: the signature fits" in out.getvalue()


def test_a_changed_score_is_found(cast: Cast):
    run = a_finished_run(cast)
    unguarded("UPDATE submissions_run SET score = 99 WHERE id = %s", run.pk)

    with pytest.raises(CommandError, match=r"score: the receipt says .* the database '99"):
        call_command("receipt", "verify", run.public_id)


def test_a_changed_verdict_is_found(cast: Cast):
    run = a_finished_run(cast)
    unguarded("UPDATE submissions_taskresult SET code = 'other' WHERE run_id = %s", run.pk)

    assert receipt_problems(Run.objects.get(pk=run.pk))[0].startswith("tasks: ")


def test_a_receipt_that_was_rewritten_has_the_wrong_signature(cast: Cast):
    run = a_finished_run(cast)
    unguarded("UPDATE submissions_run SET score = 99 WHERE id = %s", run.pk)
    rewritten = RunReceipt.objects.get(run=run).body.replace('"score":"', '"score":"99')
    unguarded("UPDATE submissions_runreceipt SET body = %s WHERE run_id = %s", rewritten, run.pk)

    assert receipt_problems(Run.objects.get(pk=run.pk))[0].startswith("The signature does not fit")


def test_a_kept_file_that_was_exchanged_is_found(cast: Cast):
    run = a_finished_run(cast)
    path = blobs.path(run.evidence_digest)
    path.chmod(0o600)
    path.write_bytes(b"other evidence")

    problem = receipt_problems(run)[0]
    assert problem.startswith("evidence: ")
    assert "damaged" in problem


def test_a_receipt_cannot_be_changed_or_removed(cast: Cast):
    run = a_finished_run(cast)

    with pytest.raises(DatabaseError), transaction.atomic():
        RunReceipt.objects.filter(run=run).update(signature="0" * 64)
    with pytest.raises(DatabaseError), transaction.atomic():
        RunReceipt.objects.filter(run=run)._raw_delete(using="default")


def test_the_seed_is_not_in_it(cast: Cast):
    body = RunReceipt.objects.get(run=a_finished_run(cast)).body

    assert '"seed_commitment"' in body
    assert '"seed"' not in body


def test_a_run_that_has_not_ended_has_none(cast: Cast):
    run = the_run(a_submission(cast))

    with pytest.raises(CommandError, match="has not ended"):
        call_command("receipt", "show", run.public_id)
