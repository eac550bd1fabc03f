"""Doorways of the queue `maintenance`: a step of one regrade, and a look at all that something is left to do for."""

from __future__ import annotations

import logging

from grader.gradebook.regrading.steps import regrade_step, regrades_to_step
from grader.queue import REGRADE, REGRADES, app, ring_regrade

log = logging.getLogger(__name__)


@app.task(name=REGRADE)
def step(regrade_id: int) -> None:
    if regrade_step(regrade_id):
        ring_regrade(regrade_id)  # the next batch in its turn, so that a sweep between two is not late


@app.task(name=REGRADES)
def look() -> None:
    """Sent by beat: goes on with what was interrupted, and sees which dry runs have ended."""
    for regrade_id in regrades_to_step():
        try:
            step(regrade_id)
        except Exception:  # trouble with one is its own
            log.exception("regrade %s could not go on", regrade_id)
