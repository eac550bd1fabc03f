from django.db import migrations

from grader.triggers import append_only


class Migration(migrations.Migration):
    """What happened stays as it was told."""

    dependencies = [("events", "0001_rows")]

    operations = [append_only("events_event")]
