"""Locks every regulated table of the room: audit, row security, frozen rows and states."""

from django.db import migrations

from core.guard import guard_table, guard_transitions


class Migration(migrations.Migration):
    """No table is left without its locks."""

    dependencies = [("integration", "0001_initial")]
    operations = [
        guard_table("integration_integrationnote", stamped=True),
        guard_table("integration_noteattendance", parent=("integration_integrationnote", "note_id"), stamped=True),
        guard_table("integration_riskscreen", append_only=True, stamped=True),
        guard_table("integration_followupcontact", append_only=True, stamped=True),
        guard_table("integration_intercurrentevent", append_only=True, stamped=True),
        guard_table("integration_harmenquiry", stamped=True),
        guard_transitions(
            "integration_harmenquiry",
            column="state",
            initial=["planned"],
            allowed=[("planned", "done"), ("planned", "missed"), ("planned", "cancelled")],
        ),
        # A review opens to its reviewer by name, and no other row of the session does.
        guard_table("integration_adherencereview", also="reviewer_id = (SELECT audit.actor())", stamped=True),
        guard_transitions(
            "integration_adherencereview", column="state", initial=["ready"], allowed=[("ready", "locked")]
        ),
        guard_table("integration_boundaryreview", append_only=True, stamped=True),
    ]
