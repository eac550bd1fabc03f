import django.db.models.deletion
from django.db import migrations, models

from grader.triggers import append_only


class Migration(migrations.Migration):
    """A signed receipt for each run that ends from now on."""

    dependencies = [("submissions", "0002_promises")]

    operations = [
        migrations.CreateModel(
            name="RunReceipt",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("body", models.TextField()),
                ("signature", models.CharField(max_length=64)),
                (
                    "run",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="receipt", to="submissions.run"
                    ),
                ),
            ],
        ),
        append_only("submissions_runreceipt"),
    ]
