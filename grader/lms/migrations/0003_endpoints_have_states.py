import django.core.validators
import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models


def fill(apps, schema_editor):
    """What was switched off stays off; by whom is not known, so it counts as a person's pause."""
    apps.get_model("lms", "WebhookEndpoint").objects.filter(active=False).update(state="paused")


def unfill(apps, schema_editor):
    apps.get_model("lms", "WebhookEndpoint").objects.exclude(state="active").update(active=False)


class Migration(migrations.Migration):
    """States of endpoints, secrets that overlap, holds of messages, and what each endpoint knows of each grade."""

    dependencies = [("lms", "0002_deliveries_append_only"), ("gradebook", "0007_feedback_seen")]

    operations = [
        migrations.AlterModelOptions(name="webhookdelivery", options={"ordering": ["id"]}),
        migrations.AlterModelOptions(name="webhookendpoint", options={"ordering": ["id"]}),
        migrations.AlterModelOptions(name="webhookmessage", options={"ordering": ["-event_id"]}),
        migrations.AddField("webhookendpoint", "name", models.CharField(blank=True, max_length=120, default=""), preserve_default=False),
        migrations.AddField("webhookendpoint", "secret_old", models.CharField(blank=True, max_length=120, default=""), preserve_default=False),
        migrations.AddField("webhookendpoint", "secret_old_until", models.DateTimeField(blank=True, null=True)),
        migrations.AddField(
            "webhookendpoint", "concurrency",
            models.PositiveSmallIntegerField(default=2, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(4)]),
        ),
        migrations.AddField(
            "webhookendpoint", "state",
            models.CharField(choices=[("active", "Active"), ("paused", "Paused"), ("disabled", "Disabled")], default="active", max_length=8),
        ),
        migrations.AddField(
            "webhookendpoint", "disabled_why",
            models.CharField(blank=True, choices=[("gone", "Gone"), ("failing", "Failing")], max_length=8, default=""), preserve_default=False,
        ),
        migrations.AddField("webhookendpoint", "state_since", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
        migrations.AddField("webhookendpoint", "failing_since", models.DateTimeField(blank=True, null=True)),
        migrations.AddField("webhookendpoint", "warned_at", models.DateTimeField(blank=True, null=True)),
        migrations.AddField("webhookendpoint", "rest_until", models.DateTimeField(blank=True, null=True)),
        migrations.AddField("webhookendpoint", "deleted_at", models.DateTimeField(blank=True, null=True)),
        migrations.RunPython(fill, unfill),
        migrations.RemoveField("webhookendpoint", "active"),
        migrations.AddField(
            "webhookmessage", "grade",
            models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="gradebook.grade"),
        ),
        migrations.AddField("webhookmessage", "claim", models.PositiveIntegerField(default=0)),
        migrations.AddField("webhookmessage", "held_until", models.DateTimeField(blank=True, null=True)),
        migrations.RemoveIndex("webhookmessage", "messages_waiting"),
        migrations.AddIndex(
            "webhookmessage", models.Index(condition=models.Q(("state", "waiting")), fields=["endpoint", "next_try_at"], name="messages_due")
        ),
        migrations.AddIndex("webhookmessage", models.Index(fields=["grade", "endpoint"], name="messages_of_a_grade")),
        migrations.AddField("webhookdelivery", "kind", models.CharField(default="", max_length=12)),
        migrations.AddField("webhookdelivery", "request_headers", models.JSONField(default=dict)),
        migrations.AddField("webhookdelivery", "response_headers", models.JSONField(default=dict)),
        migrations.AlterField("webhookdelivery", "response_head", models.TextField(blank=True)),
        migrations.AddIndex("webhookdelivery", models.Index(fields=["tried_at"], name="deliveries_by_time")),
        migrations.CreateModel(
            name="GradeTold",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.PositiveIntegerField()),
                ("score", models.CharField(blank=True, max_length=12)),
                ("told_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("endpoint", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="lms.webhookendpoint")),
                ("grade", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="gradebook.grade")),
            ],
            options={"constraints": [models.UniqueConstraint(fields=("endpoint", "grade"), name="a_grade_once_an_endpoint")]},
        ),
    ]
