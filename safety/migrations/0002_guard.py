"""Locks every regulated table of the room: audit, row security, frozen rows and states."""

from django.db import migrations

from core.guard import guard_table, guard_transitions


class Migration(migrations.Migration):
    """No table is left without its locks."""

    dependencies = [("safety", "0001_initial")]
    operations = [
        guard_table("safety_adverseevent", append_only=True, stamped=True),
        guard_table("safety_adverseeventrevision", append_only=True, stamped=True),
        guard_table("safety_alert", stamped=True),
        guard_table("safety_reportingclock", stamped=True),
        guard_table("safety_deviation", stamped=True),
        guard_table("safety_clockstep", stamped=True),
        # A mention is decided once, and what was read stays as it was read.
        guard_table("safety_swepttext", append_only=True, stamped=True),
        guard_table("safety_mention", stamped=True),
        guard_transitions(
            "safety_mention",
            column="state",
            initial=["waiting"],
            allowed=[("waiting", "event"), ("waiting", "none")],
        ),
        # An action is done, then checked, and never the other way.
        guard_table("safety_deviationanalysis", append_only=True, stamped=True),
        guard_table("safety_qualityaction", stamped=True),
        guard_transitions(
            "safety_qualityaction",
            column="state",
            initial=["open"],
            allowed=[("open", "done"), ("done", "effective"), ("done", "ineffective")],
        ),
        guard_table("safety_ethicsreport", stamped=True),
        guard_table("safety_holdreview", site_may_be_null=True, append_only=True, stamped=True),
        guard_table("safety_eventline", append_only=True, stamped=True),
        guard_table("safety_savedlisting", site=None, also="person_id = (SELECT audit.actor())"),
        guard_table("safety_findingdecision", append_only=True, stamped=True),
    ]
