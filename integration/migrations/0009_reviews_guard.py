"""Locks the reviews: one opens to its reviewer by name, and no other row of the session does."""

from django.db import migrations

from core.guard import guard_table, guard_transitions


class Migration(migrations.Migration):
    """No table is left without its locks."""

    dependencies = [("integration", "0008_reviews")]
    operations = [
        guard_table("integration_adherencereview", also="reviewer_id = (SELECT audit.actor())", stamped=True),
        guard_transitions(
            "integration_adherencereview", column="state", initial=["ready"], allowed=[("ready", "locked")]
        ),
        guard_table("integration_boundaryreview", append_only=True, stamped=True),
    ]
