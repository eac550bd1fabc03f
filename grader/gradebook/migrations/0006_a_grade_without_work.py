from django.db import migrations, models


class Migration(migrations.Migration):
    """A teacher's word may stand where nothing was handed in."""

    dependencies = [("gradebook", "0005_regrades_say_who")]

    operations = [
        migrations.AlterField(
            model_name="grade",
            name="state",
            field=models.CharField(
                choices=[
                    ("none", "None"),
                    ("waiting", "Waiting"),
                    ("graded", "Graded"),
                    ("broken", "Broken"),
                    ("review", "Review"),
                    ("problem", "Problem"),
                    ("cancelled", "Cancelled"),
                ],
                default="waiting",
                max_length=10,
            ),
        ),
    ]
