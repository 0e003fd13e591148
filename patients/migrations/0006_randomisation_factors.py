"""Keeps the factors of a stratum with their values, as they were when the participant was randomised."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """A stratum of many factors is long."""

    dependencies = [("patients", "0005_recruitment_guard")]
    operations = [
        migrations.AddField(
            "randomisation",
            "factors",
            models.JSONField("factors of the stratum with their values, frozen", default=dict),
        ),
        migrations.AlterField("randomisation", "stratum", models.CharField(max_length=300)),
    ]
