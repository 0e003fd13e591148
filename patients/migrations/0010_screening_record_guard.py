"""Locks the screening record: every table audited, isolated by site, and append-only."""

from django.db import migrations

from core.guard import guard_table

TABLES = (
    "clinicaljudgement",
    "eligibilitycontradiction",
    "historyentry",
    "labrange",
    "medicine",
    "priortreatment",
    "prioruseentry",
    "result",
    "resultfile",
    "resultload",
    "screenfailure",
)


class Migration(migrations.Migration):
    """No row of the record is ever rewritten."""

    dependencies = [("patients", "0009_screening_record")]
    operations = [guard_table(f"patients_{table}", append_only=True, stamped=True) for table in TABLES]
