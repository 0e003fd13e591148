"""Locks the enquiries about late harm: audit, row security, and no state but the named ones."""

from django.db import migrations

from core.guard import guard_table, guard_transitions


class Migration(migrations.Migration):
    """No table is left without its locks."""

    dependencies = [("integration", "0004_contacts_and_enquiries")]
    operations = [
        guard_table("integration_harmenquiry", stamped=True),
        guard_transitions(
            "integration_harmenquiry",
            column="state",
            initial=["planned"],
            allowed=[("planned", "done"), ("planned", "missed"), ("planned", "cancelled")],
        ),
    ]
