"""Locks every table of the room: audit, row security, frozen dictionaries, and the states of a coding."""

from django.db import migrations

from core.guard import guard_table, guard_transitions

STATES = ("waiting", "coded", "query")


class Migration(migrations.Migration):
    """No dictionary and no synonym is ever changed."""

    dependencies = [("coding", "0001_initial")]
    operations = [
        guard_table("coding_dictionary", site=None, append_only=True, stamped=True),
        guard_table("coding_dictionaryterm", site=None, append_only=True),
        guard_table("coding_dictionaryuse", site=None, append_only=True, stamped=True),
        guard_table("coding_synonym", site=None, append_only=True, stamped=True),
        guard_table("coding_coding", stamped=True),
        guard_transitions(
            "coding_coding",
            column="state",
            initial=["waiting"],
            allowed=[(one, other) for one in STATES for other in STATES if one != other],
        ),
    ]
