"""Asks for the reference of an annual report where it was sent, and says nothing of it before."""

from django.db import migrations, models
from django.db.models import Q

NAME = "annual_report_sent_says_when_and_where"


class Migration(migrations.Migration):
    """What is written before a report was sent is checked by nobody."""

    dependencies = [("safety", "0010_annual_reports_guard")]
    operations = [
        migrations.RemoveConstraint("annualreport", NAME),
        migrations.AddConstraint(
            "annualreport",
            models.CheckConstraint(
                name=NAME,
                condition=Q(met_at__isnull=True, met_by__isnull=True, reported_on__isnull=True)
                | (Q(met_at__isnull=False, met_by__isnull=False, reported_on__isnull=False) & ~Q(reference="")),
            ),
        ),
    ]
