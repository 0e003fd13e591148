"""Locks what the sweep has read and what it found."""

from django.db import migrations

from core.guard import guard_table, guard_transitions


class Migration(migrations.Migration):
    """A mention is decided once, and what was read stays as it was read."""

    dependencies = [("safety", "0008_sweep")]
    operations = [
        guard_table("safety_swepttext", append_only=True, stamped=True),
        guard_table("safety_mention", stamped=True),
        guard_transitions(
            "safety_mention",
            column="state",
            initial=["waiting"],
            allowed=[("waiting", "event"), ("waiting", "none")],
        ),
    ]
