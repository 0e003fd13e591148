"""Locks every regulated table of the room: audit, row security, frozen rows and states."""

from django.db import migrations

from core.guard import guard_table


class Migration(migrations.Migration):
    """No table is left without its locks."""

    dependencies = [("reminders", "0001_initial")]
    operations = [
        guard_table("reminders_reminder", stamped=True),
        guard_table("reminders_outboxmessage", stamped=True),
    ]
