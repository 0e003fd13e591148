"""Lets a report for the monitoring board be made once, however often its form is sent."""

from django.contrib.postgres.functions import RandomUUID
from django.db import migrations, models


class Migration(migrations.Migration):
    """Reports that were made before are given a submission each."""

    dependencies = [("pharmacy", "0009_ledger_by_unit")]
    operations = [
        migrations.AddField("openboardreport", "submission_id", models.UUIDField(unique=True, db_default=RandomUUID())),
        migrations.AlterField("openboardreport", "submission_id", models.UUIDField(unique=True)),
    ]
