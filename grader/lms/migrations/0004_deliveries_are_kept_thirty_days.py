from django.db import migrations

from grader.triggers import append_only, trigger

KEPT = trigger(
    "lms_webhookdelivery",
    "kept_a_month",
    "BEFORE UPDATE OR DELETE",
    """
            IF TG_OP = 'DELETE' AND OLD.tried_at < now() - interval '30 days' THEN RETURN OLD; END IF;
            RAISE EXCEPTION 'lms_webhookdelivery is append-only: % refused for row %', TG_OP, OLD.id
                USING ERRCODE = 'restrict_violation';
    """,
)


def turned_round(operation):
    return migrations.RunSQL(operation.reverse_sql, operation.sql)


class Migration(migrations.Migration):
    """A try is a fact that nobody changes; after thirty days it may be forgotten."""

    dependencies = [("lms", "0003_endpoints_have_states")]

    operations = [turned_round(append_only("lms_webhookdelivery")), KEPT]
