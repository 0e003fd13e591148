"""Locks every table of the room: audit, row security, frozen rows, and the states of a transmission."""

from django.db import migrations

from core.guard import guard_table, guard_transitions


class Migration(migrations.Migration):
    """No report is ever changed, and a transmission goes only the way that the code describes."""

    dependencies = [("reports", "0001_initial")]
    operations = [
        guard_table("reports_narrative", append_only=True, stamped=True),
        guard_table("reports_casereport", append_only=True, stamped=True),
        guard_table("reports_transmission", stamped=True),
        guard_table("reports_transmissionstep", append_only=True, stamped=True),
        guard_table("reports_acknowledgement", append_only=True, stamped=True),
        guard_transitions(
            "reports_transmission",
            column="state",
            initial=["queued"],
            allowed=[
                ("queued", "sending"),
                ("sending", "sent"),
                ("sending", "queued"),
                ("sending", "failed"),
                ("sending", "doubt"),
                ("failed", "queued"),
                ("doubt", "queued"),
                ("doubt", "sent"),
                ("sent", "acknowledged"),
                ("sent", "rejected"),
            ],
        ),
    ]
