"""Says whether leads and pharmacy are played, which the worker does after the first participants."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """The first page comes sooner."""

    dependencies = [
        ("demo", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="demoload",
            name="surroundings",
            field=models.BooleanField(default=False, verbose_name="leads and pharmacy are played too"),
        ),
    ]
