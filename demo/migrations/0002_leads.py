"""Says whether the leads are played, which the worker does after the first participants."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """The first page comes sooner."""

    dependencies = [
        ("demo", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="demoload",
            name="leads",
            field=models.BooleanField(
                default=False, verbose_name="people who do not come into the trial are played too"
            ),
        ),
    ]
