"""Locks the rests of a therapist's privilege and the sign-offs of pairs."""

from django.db import migrations

from core.guard import guard_table


class Migration(migrations.Migration):
    """No table is left without its locks."""

    dependencies = [("dosing", "0011_privilege")]
    operations = [
        guard_table("dosing_therapistrest", stamped=True),
        guard_table("dosing_pairsignoff", append_only=True, stamped=True),
    ]
