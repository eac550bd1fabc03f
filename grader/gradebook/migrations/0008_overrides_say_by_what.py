from django.db import migrations, models


class Migration(migrations.Migration):
    """A word that a machine brought for a person says by which token, since the person did not type it."""

    dependencies = [("gradebook", "0007_feedback_seen")]

    operations = [
        # With a default of the database, so that old code may still insert rows while this is rolled out.
        migrations.AddField("override", "source", models.CharField(blank=True, db_default="", max_length=40)),
    ]
