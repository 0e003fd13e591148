"""Locks the annual reports and their ladders."""

from django.db import migrations

from core.guard import guard_table


class Migration(migrations.Migration):
    """They belong to no site; each change is audited."""

    dependencies = [("safety", "0009_annual_reports")]
    operations = [
        guard_table("safety_annualreport", site=None, stamped=True),
        guard_table("safety_annualstep", site=None, stamped=True),
    ]
