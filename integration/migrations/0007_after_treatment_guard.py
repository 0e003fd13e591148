"""Locks the table of intercurrent events."""

from django.db import migrations

from core.guard import guard_table


class Migration(migrations.Migration):
    """No table is left without its locks."""

    dependencies = [("integration", "0006_after_treatment")]
    operations = [guard_table("integration_intercurrentevent", append_only=True, stamped=True)]
