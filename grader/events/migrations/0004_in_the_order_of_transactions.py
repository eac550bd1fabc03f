from django.db import migrations, models


class ThisTransaction(models.Func):
    """The number of the transaction that writes the row."""

    template = "(pg_current_xact_id()::text::bigint)"
    output_field = models.BigIntegerField()


class Migration(migrations.Migration):
    """Events can be read in an order that never changes behind a reader. What there was before comes first, by its id."""

    dependencies = [("events", "0003_by_course")]

    operations = [
        migrations.AddField("event", "tx", models.BigIntegerField(default=0, editable=False)),
        migrations.AlterField("event", "tx", models.BigIntegerField(db_default=ThisTransaction(), editable=False)),
        migrations.AddIndex("event", models.Index(fields=["tx", "id"], name="events_in_order")),
    ]
