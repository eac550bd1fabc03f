from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_own_time_zone_and_tries")]

    operations = [migrations.AddField(model_name="user", name="shortcuts", field=models.BooleanField(default=True))]
