"""Locks every regulated table of the room: audit, row security, frozen rows and states."""

from django.db import migrations

from core.guard import guard_table


class Migration(migrations.Migration):
    """No table is left without its locks."""

    dependencies = [("integration", "0001_initial"), ("trials", "0001_initial")]
    operations = [
        guard_table("integration_integrationnote", stamped=True),
        guard_table(
            "integration_noteattendance", parent=("integration_integrationnote", "note_id"), stamped=True
        ),
        guard_table("integration_riskscreen", append_only=True, stamped=True),
        guard_table("integration_followupcontact", append_only=True, stamped=True),
    ]
