"""Lets a signature accept a duty."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """One more meaning; the words stand in the model."""

    dependencies = [
        ("core", "0004_system_actors"),
    ]

    operations = [
        migrations.AlterField(
            model_name="signature",
            name="meaning",
            field=models.CharField(
                choices=[
                    ("authorship", "I wrote this record and it is complete and true."),
                    ("review", "I have reviewed this record."),
                    ("approval", "I approve this record."),
                    ("acceptance", "I accept this duty and will do it as the protocol says."),
                    ("responsibility", "I take responsibility for this decision."),
                ],
                max_length=20,
            ),
        ),
    ]
