from django.db import migrations

from grader.triggers import append_only, trigger

GROWS = """
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'grade % can not be deleted', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.version < OLD.version THEN
        RAISE EXCEPTION 'grade %: version only grows', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.score IS DISTINCT FROM OLD.score AND NEW.version = OLD.version THEN
        RAISE EXCEPTION 'grade %: a new score needs a new version', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
"""
# Looked at when the transaction ends, so that grade and history may be written in either order.
RECORDED = """
    IF NEW.version = 0 AND NEW.score IS NULL THEN
        RETURN NEW;
    END IF;
    IF NOT EXISTS (
        SELECT 1 FROM gradebook_gradechange
        WHERE grade_id = NEW.id AND version = NEW.version AND score_to IS NOT DISTINCT FROM NEW.score
    ) THEN
        RAISE EXCEPTION 'grade % version % has no history row', NEW.id, NEW.version USING ERRCODE = 'restrict_violation';
    END IF;
"""


class Migration(migrations.Migration):
    """A score changes only together with a row of its history, and history is never rewritten."""

    dependencies = [("gradebook", "0001_rows")]

    operations = [
        append_only("gradebook_gradechange"),
        trigger("gradebook_grade", "version_grows", "BEFORE UPDATE OR DELETE", GROWS),
        trigger("gradebook_grade", "change_recorded", "AFTER INSERT OR UPDATE", RECORDED, deferred=True),
    ]
