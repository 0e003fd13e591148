import core.clock
import core.identifiers
import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("dosing", "0001_initial"),
        ("patients", "0001_initial"),
        ("trials", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="AdverseEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("recorded_at", core.clock.RecordedAtField()),
                ("public_id", core.identifiers.PublicIdField(prefix="aev")),
                ("number", models.PositiveSmallIntegerField()),
                ("site_aware_at", models.DateTimeField(verbose_name="the site became aware at")),
                ("submission_id", models.UUIDField(unique=True)),
                (
                    "participant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="adverse_events",
                        to="patients.participant",
                    ),
                ),
                (
                    "recorded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "session",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="adverse_events",
                        to="dosing.dosingsession",
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="trials.site"),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("participant", "number"), name="event_number_once")],
            },
        ),
        migrations.CreateModel(
            name="AdverseEventRevision",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("recorded_at", core.clock.RecordedAtField()),
                ("number", models.PositiveSmallIntegerField()),
                ("term", models.CharField(max_length=200, verbose_name="what was observed, verbatim")),
                (
                    "started_on",
                    models.CharField(
                        max_length=10, verbose_name="start, as far as known (YYYY, YYYY-MM or YYYY-MM-DD)"
                    ),
                ),
                ("started_at", models.DateTimeField(blank=True, null=True)),
                ("ended_on", models.CharField(blank=True, max_length=10)),
                ("ongoing", models.BooleanField(default=True)),
                (
                    "severity",
                    models.CharField(
                        choices=[("mild", "Mild"), ("moderate", "Moderate"), ("severe", "Severe")], max_length=10
                    ),
                ),
                ("ctcae_grade", models.PositiveSmallIntegerField(blank=True, null=True)),
                (
                    "valence",
                    models.CharField(
                        choices=[("welcome", "Welcome"), ("neutral", "Neither"), ("unwelcome", "Unwelcome")],
                        max_length=10,
                    ),
                ),
                (
                    "seriousness",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=40), blank=True, default=list, size=None
                    ),
                ),
                (
                    "event_group",
                    models.CharField(default="none", max_length=20, verbose_name="group of special interest"),
                ),
                (
                    "causality",
                    models.CharField(
                        blank=True, max_length=12, verbose_name="relation to the study drug, investigator"
                    ),
                ),
                (
                    "sponsor_causality",
                    models.CharField(blank=True, max_length=12, verbose_name="relation to the study drug, sponsor"),
                ),
                (
                    "expectedness",
                    models.CharField(
                        blank=True, choices=[("expected", "Expected"), ("unexpected", "Unexpected")], max_length=12
                    ),
                ),
                ("action_taken", models.CharField(blank=True, max_length=200)),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("not_recovered", "Not recovered"),
                            ("recovering", "Recovering"),
                            ("recovered", "Recovered"),
                            ("recovered_sequelae", "Recovered with sequelae"),
                            ("fatal", "Fatal"),
                            ("unknown", "Unknown"),
                        ],
                        default="unknown",
                        max_length=20,
                    ),
                ),
                ("narrative", models.TextField(blank=True)),
                ("reason", models.CharField(max_length=300, verbose_name="reason for the revision")),
                ("occurred_at", models.DateTimeField(verbose_name="known or decided at")),
                (
                    "event",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="revisions", to="safety.adverseevent"
                    ),
                ),
                (
                    "recorded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="trials.site"),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("event", "number"), name="revision_number_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("outcome", "fatal"), _negated=True),
                            ("seriousness__contains", ["death"]),
                            _connector="OR",
                        ),
                        name="fatal_event_is_serious",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Alert",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("recorded_at", core.clock.RecordedAtField()),
                ("public_id", core.identifiers.PublicIdField(prefix="alr")),
                ("key", models.CharField(max_length=120, unique=True)),
                ("rule", models.CharField(max_length=40)),
                ("severity", models.CharField(choices=[("watch", "Watch"), ("act", "Act now")], max_length=10)),
                ("message", models.CharField(max_length=300)),
                ("instruction", models.CharField(blank=True, max_length=300)),
                ("raised_at", models.DateTimeField()),
                ("acknowledge_by_at", models.DateTimeField()),
                ("acknowledged_at", models.DateTimeField(blank=True, null=True)),
                ("acknowledgement", models.CharField(blank=True, max_length=300, verbose_name="what was done")),
                ("escalated_at", models.DateTimeField(blank=True, null=True)),
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
                    "participant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="alerts", to="patients.participant"
                    ),
                ),
                (
                    "recorded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="trials.site"),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("acknowledged_at__isnull", True), ("acknowledged_by__isnull", True)),
                            models.Q(("acknowledged_at__isnull", False), ("acknowledged_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="alert_acknowledged_by_whom",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Deviation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("recorded_at", core.clock.RecordedAtField()),
                ("public_id", core.identifiers.PublicIdField(prefix="dev")),
                ("key", models.CharField(max_length=120, unique=True)),
                ("category", models.CharField(max_length=60)),
                ("description", models.TextField()),
                (
                    "source",
                    models.CharField(
                        choices=[("proposed", "Proposed by a rule"), ("recorded", "Recorded by hand")], max_length=10
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("candidate", "To be decided"),
                            ("accepted", "Deviation"),
                            ("refused", "Not a deviation"),
                        ],
                        default="candidate",
                        max_length=10,
                    ),
                ),
                (
                    "importance",
                    models.CharField(
                        blank=True, choices=[("minor", "Minor"), ("important", "Important")], max_length=10
                    ),
                ),
                ("occurred_at", models.DateTimeField()),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                ("decision_reason", models.CharField(blank=True, max_length=300)),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "participant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="deviations",
                        to="patients.participant",
                    ),
                ),
                (
                    "recorded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="trials.site"),
                ),
                (
                    "visit",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="deviations",
                        to="patients.visit",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state", "candidate"),
                            models.Q(("decided_by__isnull", False), models.Q(("decision_reason", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="deviation_decided_by_whom_and_why",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ReportingClock",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("recorded_at", core.clock.RecordedAtField()),
                ("public_id", core.identifiers.PublicIdField(prefix="clk")),
                ("rule", models.CharField(max_length=40)),
                ("starts_at", models.DateTimeField()),
                ("due_at", models.DateTimeField()),
                ("basis", models.CharField(max_length=200)),
                ("zone", models.CharField(max_length=60)),
                ("met_at", models.DateTimeField(blank=True, null=True)),
                ("note", models.CharField(blank=True, max_length=300, verbose_name="what was sent, or why late")),
                ("superseded_at", models.DateTimeField(blank=True, null=True)),
                ("superseded_reason", models.CharField(blank=True, max_length=300)),
                (
                    "event",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="clocks", to="safety.adverseevent"
                    ),
                ),
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
                    "site",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="trials.site"),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("superseded_at__isnull", True)),
                        fields=("event", "rule"),
                        name="clock_once_per_rule",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("superseded_at__isnull", True),
                            models.Q(("superseded_reason", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="clock_superseded_says_why",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("met_at__isnull", True),
                            ("met_at__lte", models.F("due_at")),
                            models.Q(("note", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="clock_met_late_says_why",
                    ),
                ],
            },
        ),
    ]
