from django.db import migrations, models


class Migration(migrations.Migration):
    """A course's events of a kind are asked for by the ledger and by the API's feed."""

    dependencies = [("events", "0002_append_only")]

    operations = [migrations.AddIndex("event", models.Index(fields=["course_slug", "type", "id"], name="events_by_course"))]
