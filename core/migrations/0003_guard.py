"""Locks every regulated table of the room: audit, row security, frozen rows."""

from django.db import migrations

from core.guard import guard_table


class Migration(migrations.Migration):
    """No table is left without its locks."""

    dependencies = [("core", "0002_memberships_and_signatures")]
    operations = [
        guard_table("core_person", site=None),
        guard_table("core_membership", site=None),
        guard_table(
            "core_signature", site_may_be_null=True, also="signer_id = (SELECT audit.actor())", append_only=True
        ),
        guard_table("core_signinattempt", site=None, append_only=True, stamped=True),
        guard_table("core_pin", site=None),
        guard_table("core_knowndevice", site=None),
    ]
