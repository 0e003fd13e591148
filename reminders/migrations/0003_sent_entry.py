"""What participants have in their own calendars, as it left with a mail; with its locks."""

from django.conf import settings
from django.db import migrations, models
from django.db.models import PROTECT

import core.clock
from core.guard import guard_table


class Migration(migrations.Migration):
    """An entry that was sent is never changed; the next one replaces it."""

    dependencies = [
        ("reminders", "0002_guard"),
        ("patients", "0003_identity_guard"),
        ("trials", "0002_guard"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.CreateModel(
            name="SentEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("recorded_at", core.clock.RecordedAtField()),
                ("uid", models.CharField(max_length=160, verbose_name="name of the entry, which tells nothing")),
                ("sequence", models.PositiveSmallIntegerField(verbose_name="how often it was changed")),
                ("starts_at", models.DateTimeField()),
                ("cancelled", models.BooleanField(default=False)),
                ("recorded_by", models.ForeignKey(on_delete=PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
                ("site", models.ForeignKey(on_delete=PROTECT, related_name="+", to="trials.site")),
                ("visit", models.ForeignKey(on_delete=PROTECT, related_name="sent_entries", to="patients.visit")),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("visit", "sequence"), name="sent_entry_once_per_change")
                ],
            },
        ),
        guard_table("reminders_sententry", append_only=True, stamped=True),
    ]
