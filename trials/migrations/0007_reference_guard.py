"""Locks the versions of the reference safety information and what they list."""

from django.db import migrations

from core.guard import guard_table


class Migration(migrations.Migration):
    """No version and no listed term is ever changed."""

    dependencies = [("trials", "0006_reference")]
    operations = [
        guard_table("trials_referenceversion", site=None, append_only=True, stamped=True),
        guard_table("trials_referenceterm", site=None, append_only=True, stamped=True),
    ]
