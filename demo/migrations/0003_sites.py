"""Counts the demo's participants by site, since sites are loaded side by side."""

from django.db import migrations, models

# Of the two sites each got every other participant, the first site the first.
SPLIT = """
INSERT INTO demo_demoload (site_code, trial_wanted, wanted, loaded, leads, seed, until)
SELECT 'S02', wanted, wanted / 2, loaded / 2, leads, seed, until FROM demo_demoload;
UPDATE demo_demoload SET trial_wanted = wanted, wanted = (wanted + 1) / 2, loaded = (loaded + 1) / 2
WHERE site_code = 'S01';
"""


class Migration(migrations.Migration):
    """A demo that was loaded before is kept, and what is missing of it still arrives."""

    dependencies = [("demo", "0002_leads")]
    operations = [
        migrations.RemoveField("demoload", "failure"),
        migrations.AddField(
            "demoload", "site_code", models.CharField(max_length=10, default="S01"), preserve_default=False
        ),
        migrations.AddField(
            "demoload",
            "trial_wanted",
            models.PositiveSmallIntegerField("participants of all sites", default=0),
            preserve_default=False,
        ),
        migrations.RunSQL(SPLIT, reverse_sql="DELETE FROM demo_demoload WHERE site_code = 'S02';"),
        migrations.AlterField("demoload", "site_code", models.CharField(max_length=10, unique=True)),
    ]
