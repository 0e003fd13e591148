"""Versions of a form that no protocol file holds are counted from 1."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Nothing changes in the table but what its column is called."""

    dependencies = [("assessments", "0003_locked_is_final")]
    operations = [
        migrations.AlterField(
            model_name="formversion",
            name="number",
            field=models.PositiveSmallIntegerField(
                verbose_name="counted from 2 where the protocol's own is the first, else from 1"
            ),
        )
    ]
