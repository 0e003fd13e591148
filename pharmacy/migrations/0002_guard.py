"""Locks every regulated table of the room: audit, row security, frozen rows and states."""

from django.db import migrations

from core.guard import guard_table


class Migration(migrations.Migration):
    """No table is left without its locks."""

    dependencies = [("pharmacy", "0001_initial"), ("trials", "0001_initial")]
    operations = [
        guard_table("pharmacy_allocationlist", site=None, append_only=True, stamped=True),
        guard_table("pharmacy_kit", stamped=True),
        guard_table("pharmacy_kitmovement", append_only=True, stamped=True),
        guard_table("pharmacy_unblinding", append_only=True, stamped=True),
    ]
