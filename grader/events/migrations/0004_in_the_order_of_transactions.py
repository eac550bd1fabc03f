from django.db import migrations, models

import grader.events.models


class Migration(migrations.Migration):
    """Events can be read in an order that never changes behind a reader. What there was before comes first, by its id."""

    dependencies = [("events", "0003_by_course")]

    operations = [
        migrations.AddField("event", "tx", models.BigIntegerField(default=0, editable=False)),
        migrations.AlterField(
            "event", "tx", models.BigIntegerField(db_default=grader.events.models.ThisTransaction(), editable=False)
        ),
        migrations.AddIndex("event", models.Index(fields=["tx", "id"], name="events_in_order")),
    ]
