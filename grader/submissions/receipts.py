"""A signed account of what a run was judged by and what came of it, so that both can be shown to be unchanged later.

The body is canonical JSON (sorted keys, no spaces) of the run's rows; the signature is HMAC-SHA256 under a key derived from
the site's secret. It is written in the transaction that ends the run, and never changed (a trigger refuses it). The seed
itself is not in it, only its commitment; whoever holds the site's secret can derive the seed again and show that it fits.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

from django.conf import settings

from grader import blobs
from grader.submissions.claims import seed_of
from grader.submissions.models import Run, RunReceipt
from grader.submissions.work import work_of

VERSION = 2  # 1 had no notes, hints and candidates


def receipt_write(run_id: int) -> RunReceipt:
    """Sign a run that has just ended; part of its transaction."""
    body = canonical(_body(Run.objects.select_related("submission", "package_version__assignment__course").get(pk=run_id)))
    return RunReceipt.objects.create(run_id=run_id, body=body, signature=sign(body))


def receipt_problems(run: Run) -> list[str]:
    """Why a run's receipt does not hold, as sentences; none where it does."""
    receipt = RunReceipt.objects.filter(run=run).first()
    if receipt is None:
        return ["There is no receipt: the run has not ended, or ended before receipts were kept."]
    problems = []
    if not hmac.compare_digest(receipt.signature, sign(receipt.body)):
        problems.append("The signature does not fit: the receipt was changed, or the site's secret was.")
    said = json.loads(receipt.body)
    now = _body(run, said.get("version", 1))
    problems += [
        f"{name}: the receipt says {said.get(name)!r}, the database {now[name]!r}." for name in now if said.get(name) != now[name]
    ]
    if run.seed_commitment and run.seed_commitment != hashlib.sha256(seed_of(_seeded_by(run))).hexdigest():
        problems.append("seed_commitment: the site's secret gives another seed for this submission.")
    for name in ("notebook", "package", "evidence", "executed_notebook"):
        if digest := said.get(name):
            problems += _stored(name, digest)
    return problems


def _seeded_by(run: Run) -> str:
    return run.submission.public_id if run.submission else run.public_id


def sign(body: str) -> str:
    """HMAC-SHA256, hex."""
    key = hmac.new(str(settings.GRADER_SITE_SECRET).encode(), b"run receipt", hashlib.sha256).digest()
    return hmac.new(key, body.encode(), hashlib.sha256).hexdigest()


def canonical(body: dict[str, Any]) -> str:
    return json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _stored(name: str, digest: str) -> list[str]:
    try:
        blobs.get(digest)
    except blobs.BlobMissing as problem:
        return [f"{name}: {problem}"]
    return []


def _body(run: Run, version: int = VERSION) -> dict[str, Any]:
    submission, work = run.submission, work_of(run)
    later = {} if version < 2 else {"notes": run.notes, "values": run.run_values, "sandboxes": run.sandboxes}
    return {
        **later,
        "version": version,
        "run": run.public_id,
        "purpose": run.purpose,
        "submission": submission.public_id if submission else "",
        "assignment": f"{run.package_version.assignment.course.slug}/{run.package_version.assignment.slug}",
        "finished_at": run.finished_at.isoformat() if run.finished_at else "",
        "notebook": work.notebook_digest,
        "answers": hashlib.sha256(canonical(work.answers).encode()).hexdigest(),
        "package": run.package_version.digest,
        "evidence": run.evidence_digest,
        "executed_notebook": run.executed_notebook_digest,
        "runtime_lock": run.runtime_lock,
        "checks_version": run.checks_version,
        "engine": run.engine,
        "sandbox_level": run.sandbox_level,
        "device": run.device,
        "seed_commitment": run.seed_commitment,
        "result": run.result,
        "ended": [run.run_status, run.run_cell, run.run_code],
        "score": str(run.score),
        "max_score": str(run.max_score),
        "tasks": [
            [
                *(task.task, task.status, str(task.points), str(task.max_points), task.code, task.values, _checks(task, version)),
                *([task.hint, task.candidate] if version > 1 else []),
            ]
            for task in run.tasks.prefetch_related("checks").order_by("position")
        ],
    }


def _checks(task: Any, version: int) -> list[Any]:
    return [
        [
            *(check.kind, check.outcome, check.code, check.values, str(check.points)),
            *([check.hint, str(check.max_points)] if version > 1 else []),
        ]
        for check in task.checks.all()
    ]
