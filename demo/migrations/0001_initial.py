"""How much of the demo trial is loaded, for each site."""

from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="DemoLoad",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("site_code", models.CharField(max_length=10, unique=True)),
                ("trial_wanted", models.PositiveSmallIntegerField(verbose_name="participants of all sites")),
                ("wanted", models.PositiveSmallIntegerField()),
                ("loaded", models.PositiveSmallIntegerField(default=0)),
                (
                    "leads",
                    models.BooleanField(
                        default=False, verbose_name="people who do not come into the trial are played too"
                    ),
                ),
                ("seed", models.PositiveIntegerField()),
                ("until", models.DateTimeField()),
            ],
        ),
    ]
