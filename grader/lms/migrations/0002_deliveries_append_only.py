from django.db import migrations

from grader.triggers import append_only


class Migration(migrations.Migration):
    """A try to tell somebody is a fact; an endpoint that is no longer wanted is switched off, not deleted."""

    dependencies = [("lms", "0001_rows")]

    operations = [append_only("lms_webhookdelivery")]
