from django.db import migrations

import grader.sealed


def seal(apps, schema_editor):
    for row in _rows(apps):
        row.save(update_fields=["secret", "secret_old"])


def unseal(apps, schema_editor):
    for row in _rows(apps):
        with schema_editor.connection.cursor() as cursor:
            cursor.execute(
                "UPDATE lms_webhookendpoint SET secret = %s, secret_old = %s WHERE id = %s", [row.secret, row.secret_old, row.pk]
            )


def _rows(apps):
    return apps.get_model("lms", "WebhookEndpoint").objects.select_for_update().order_by("pk")


class Migration(migrations.Migration):
    """Secrets of endpoints lie sealed in the database. A worker that still runs the code before can't sign with a sealed one: what
    it tries meanwhile fails and is tried again.
    """

    dependencies = [("lms", "0004_deliveries_are_kept_thirty_days")]

    operations = [
        migrations.AlterField("webhookendpoint", "secret", grader.sealed.SealedField()),
        migrations.AlterField("webhookendpoint", "secret_old", grader.sealed.SealedField(blank=True)),
        migrations.RunPython(seal, unseal),
    ]
