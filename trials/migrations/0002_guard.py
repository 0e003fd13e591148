"""Locks every regulated table of the room: audit, row security, frozen rows and states."""

from django.db import migrations

from core.guard import guard_table


class Migration(migrations.Migration):
    """No table is left without its locks."""

    dependencies = [("trials", "0001_initial")]
    operations = [
        guard_table("trials_trial", site=None),
        guard_table("trials_site", site=None),
        guard_table("trials_protocolversion", site=None, append_only=True, stamped=True),
        guard_table("trials_protocolapproval", append_only=True, stamped=True),
        guard_table("trials_consentform", append_only=True, stamped=True),
        guard_table("trials_delegation", stamped=True),
    ]
