import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


def by():
    return models.ForeignKey(
        blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
    )


class Migration(migrations.Migration):
    """A regrade is applied and undone in the background, so its row says for whom."""

    dependencies = [("gradebook", "0004_decisions"), migrations.swappable_dependency(settings.AUTH_USER_MODEL)]

    operations = [
        migrations.AddField("regrade", "applied_by", by()),
        migrations.AddField("regrade", "undone_at", models.DateTimeField(blank=True, null=True)),
        migrations.AddField("regrade", "undone_by", by()),
    ]
