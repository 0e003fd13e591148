"""Keeps with each determination by which reference safety information it was made."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """Adds what the models say."""

    dependencies = [
        ("safety", "0009_sweep_guard"),
        ("trials", "0006_reference"),
    ]

    operations = [
        migrations.AddField(
            model_name="adverseeventrevision",
            name="expectedness_basis",
            field=models.CharField(blank=True, max_length=800, verbose_name="by what expectedness was judged"),
        ),
        migrations.AddField(
            model_name="adverseeventrevision",
            name="reference",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="trials.referenceversion"
            ),
        ),
    ]
