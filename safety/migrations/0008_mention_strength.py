"""Adds how strongly the words of a mention speak; mentions from before stand in the middle."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    """The strong ones are asked first."""

    dependencies = [("safety", "0007_regulator_notice_guard")]
    operations = [
        migrations.AddField("mention", "strength", models.PositiveSmallIntegerField(default=1)),
        migrations.AddConstraint(
            "mention", models.CheckConstraint(name="mention_strength_known", condition=Q(strength__lte=2))
        ),
        migrations.RemoveIndex("mention", "mention_waiting"),
        migrations.AddIndex(
            "mention",
            models.Index(fields=["site", "-strength", "told_at"], name="mention_waiting", condition=Q(state="waiting")),
        ),
    ]
