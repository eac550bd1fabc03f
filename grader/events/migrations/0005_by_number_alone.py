from django.db import migrations


class Migration(migrations.Migration):
    """Nobody reads by a transaction's number, and it means nothing in another cluster: after a restore new events had smaller ones.

    Whoever reads in order goes by the event's own number and holds back what an open transaction may still come before.
    """

    dependencies = [("events", "0004_in_the_order_of_transactions")]

    operations = [
        migrations.RemoveIndex("event", "events_in_order"),
        migrations.RemoveField("event", "tx"),
    ]
