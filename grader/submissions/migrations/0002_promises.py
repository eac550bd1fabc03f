from django.db import migrations

from grader.triggers import append_only, fixed_columns, trigger

# Done, cancelled and quarantined are ends: a regrade is a new run.
FROZEN = """
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'submissions_run is append-only: run % can not be deleted', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.state IN ('done', 'cancelled', 'quarantined') THEN
        RAISE EXCEPTION 'run % is % and frozen', OLD.id, OLD.state USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.claim < OLD.claim OR NEW.claims_lost < OLD.claims_lost THEN
        RAISE EXCEPTION 'run %: claim and claims_lost only grow', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
"""
# Verdicts come with the run's end, in its transaction, while a claim still holds it: none can be added later.
HELD = """
    IF NOT EXISTS (SELECT 1 FROM submissions_run WHERE id = NEW.run_id AND state = 'running') THEN
        RAISE EXCEPTION 'run % is not running: no verdict can be added', NEW.run_id USING ERRCODE = 'restrict_violation';
    END IF;
"""
CHECK_HELD = """
    IF NOT EXISTS (
        SELECT 1 FROM submissions_run r JOIN submissions_taskresult t ON t.run_id = r.id
        WHERE t.id = NEW.task_id AND r.state = 'running'
    ) THEN
        RAISE EXCEPTION 'the run of task result % is not running: no verdict can be added', NEW.task_id
            USING ERRCODE = 'restrict_violation';
    END IF;
"""


class Migration(migrations.Migration):
    """Verdicts are append-only, a finished run is frozen, and what was handed in, and when, can't be changed."""

    dependencies = [("submissions", "0001_rows")]

    operations = [
        append_only("submissions_taskresult"),
        append_only("submissions_checkresult"),
        trigger("submissions_run", "frozen", "BEFORE UPDATE OR DELETE", FROZEN),
        trigger("submissions_taskresult", "run_held", "BEFORE INSERT", HELD),
        trigger("submissions_checkresult", "run_held", "BEFORE INSERT", CHECK_HELD),
        fixed_columns(
            "submissions_submission",
            "submitted_at",
            "student_id",
            "assignment_id",
            "attempt",
            "notebook_digest",
            "answers",
            "external_submission_id",
        ),
    ]
