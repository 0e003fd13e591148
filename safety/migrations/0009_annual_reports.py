"""Adds the annual reports of the trial with their ladders."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import core.clock
import core.identifiers


class Migration(migrations.Migration):
    """A report for each year, and its steps."""

    dependencies = [
        ("safety", "0008_mention_strength"),
        ("trials", "0002_guard"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="AnnualReport",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", core.identifiers.PublicIdField(prefix="anr")),
                ("rule", models.CharField(max_length=40)),
                ("region", models.CharField(max_length=20)),
                ("begins_on", models.DateField(verbose_name="first day of the year that it is about")),
                ("ends_on", models.DateField(verbose_name="anniversary")),
                ("starts_at", models.DateTimeField()),
                ("due_at", models.DateTimeField()),
                ("basis", models.CharField(max_length=200)),
                ("zone", models.CharField(max_length=60)),
                ("reported_on", models.DateField(blank=True, null=True, verbose_name="date of the report")),
                ("reference", models.CharField(blank=True, max_length=100)),
                ("note", models.CharField(blank=True, max_length=300, verbose_name="what was sent, or why late")),
                ("met_at", models.DateTimeField(blank=True, null=True, verbose_name="recorded as sent at")),
                ("recorded_at", core.clock.RecordedAtField()),
                (
                    "met_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "recorded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "trial",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="annual_reports", to="trials.trial"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="AnnualStep",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=10)),
                ("due_at", models.DateTimeField()),
                ("taken_at", models.DateTimeField(blank=True, null=True)),
                ("told", models.PositiveSmallIntegerField(default=0, verbose_name="people told")),
                ("late", models.BooleanField(default=False, verbose_name="taken later than it may be")),
                ("calls", models.BooleanField(default=False, verbose_name="people are to be telephoned")),
                ("left_out", models.CharField(blank=True, max_length=100, verbose_name="why nobody was told")),
                ("acknowledged_at", models.DateTimeField(blank=True, null=True)),
                ("note", models.CharField(blank=True, max_length=300, verbose_name="what happens now")),
                ("recorded_at", core.clock.RecordedAtField()),
                (
                    "acknowledged_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "recorded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "report",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="steps", to="safety.annualreport"
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="annualreport",
            constraint=models.UniqueConstraint(fields=("trial", "rule", "ends_on"), name="annual_report_once_a_year"),
        ),
        migrations.AddConstraint(
            model_name="annualreport",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("met_at__isnull", True),
                        ("met_by__isnull", True),
                        ("reference", ""),
                        ("reported_on__isnull", True),
                    ),
                    models.Q(
                        ("met_at__isnull", False),
                        ("met_by__isnull", False),
                        ("reported_on__isnull", False),
                        models.Q(("reference", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="annual_report_sent_says_when_and_where",
            ),
        ),
        migrations.AddIndex(
            model_name="annualstep",
            index=models.Index(
                condition=models.Q(("taken_at__isnull", True)), fields=["due_at"], name="annual_step_waiting"
            ),
        ),
        migrations.AddConstraint(
            model_name="annualstep",
            constraint=models.UniqueConstraint(fields=("report", "code"), name="annual_step_once"),
        ),
        migrations.AddConstraint(
            model_name="annualstep",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("acknowledged_at__isnull", True), ("acknowledged_by__isnull", True)),
                    models.Q(
                        ("acknowledged_at__isnull", False),
                        ("acknowledged_by__isnull", False),
                        models.Q(("note", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="annual_step_acknowledged_by_whom",
            ),
        ),
    ]
