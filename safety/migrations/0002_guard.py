"""Locks every regulated table of the room: audit, row security, frozen rows and states."""

from django.db import migrations

from core.guard import guard_table


class Migration(migrations.Migration):
    """No table is left without its locks."""

    dependencies = [("safety", "0001_initial"), ("trials", "0001_initial")]
    operations = [
        guard_table("safety_adverseevent", append_only=True, stamped=True),
        guard_table("safety_adverseeventrevision", append_only=True, stamped=True),
        guard_table("safety_alert", stamped=True),
        guard_table("safety_reportingclock", stamped=True),
        guard_table("safety_deviation", stamped=True),
    ]
