from django.db import migrations

from grader.triggers import append_only


class Migration(migrations.Migration):
    """Runs are pinned to a package version, so it stays what it was."""

    dependencies = [("assignments", "0001_rows")]

    operations = [append_only("assignments_packageversion")]
