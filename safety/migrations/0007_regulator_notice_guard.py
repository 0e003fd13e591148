"""Locks the notices that a case was reported to regulators."""

from django.db import migrations

from core.guard import guard_table


class Migration(migrations.Migration):
    """A notice is never changed."""

    dependencies = [("safety", "0006_regulator_notice")]
    operations = [guard_table("safety_regulatornotice", append_only=True, stamped=True)]
