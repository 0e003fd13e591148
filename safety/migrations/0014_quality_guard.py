"""Locks what becomes of deviations."""

from django.db import migrations

from core.guard import guard_table, guard_transitions


class Migration(migrations.Migration):
    """No table is left without its locks; an action is done, then checked, and never the other way."""

    dependencies = [("safety", "0013_quality")]
    operations = [
        guard_table("safety_deviationanalysis", append_only=True, stamped=True),
        guard_table("safety_qualityaction", stamped=True),
        guard_transitions(
            "safety_qualityaction",
            column="state",
            initial=["open"],
            allowed=[("open", "done"), ("done", "effective"), ("done", "ineffective")],
        ),
        guard_table("safety_ethicsreport", stamped=True),
    ]
