"""Names the recording as one more source of an answer."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """A choice, and nothing in the database."""

    dependencies = [
        ("assessments", "0009_forms_as_data"),
    ]

    operations = [
        migrations.AlterField(
            model_name="itemvalue",
            name="source",
            field=models.CharField(
                choices=[
                    ("interview", "Interview by an independent rater"),
                    ("recording", "Rated again from the recording"),
                    ("site", "Entered by the site"),
                    ("participant", "Answered by the participant"),
                ],
                default="site",
                max_length=12,
                verbose_name="where the answer comes from",
            ),
        ),
    ]
