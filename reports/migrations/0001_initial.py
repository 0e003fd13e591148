"""Reports of serious cases, with the narratives they rest on and what the receivers answered."""

from django.conf import settings
from django.db import migrations, models

import core.clock
import core.identifiers
from core.tables import CreateTables

MODELS = [
    migrations.CreateModel(
        name="Narrative",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("site", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.site")),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ("event", models.ForeignKey(on_delete=models.PROTECT, related_name="narratives", to="safety.adverseevent")),
            ("number", models.PositiveSmallIntegerField()),
            ("text", models.TextField()),
            ("reason", models.CharField(max_length=300)),
        ],
        options={
            "constraints": [
                models.UniqueConstraint(fields=("event", "number"), name="narrative_number_once"),
                models.CheckConstraint(
                    condition=models.Q(("text", ""), _negated=True), name="narrative_says_something"
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="CaseReport",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("site", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.site")),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ("public_id", core.identifiers.PublicIdField(prefix="icr")),
            (
                "event",
                models.ForeignKey(on_delete=models.PROTECT, related_name="case_reports", to="safety.adverseevent"),
            ),
            (
                "revision",
                models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="safety.adverseeventrevision"),
            ),
            ("narrative", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="reports.narrative")),
            ("number", models.PositiveSmallIntegerField()),
            (
                "kind",
                models.CharField(
                    choices=[
                        ("initial", "Initial report"),
                        ("follow_up", "Follow-up"),
                        ("amendment", "Amendment"),
                        ("nullification", "Nullification"),
                    ],
                    max_length=14,
                ),
            ),
            ("reason", models.CharField(blank=True, max_length=300, verbose_name="why it is amended or nullified")),
            ("safety_report_id", models.CharField(max_length=100, verbose_name="number of the case (C.1.1)")),
            ("content", models.TextField(verbose_name="report without a receiver (XML)")),
            ("digest", models.CharField(max_length=64, verbose_name="SHA-256 of the report")),
            ("made_at", models.DateTimeField()),
            ("submission_id", models.UUIDField(unique=True)),
        ],
        options={
            "constraints": [
                models.UniqueConstraint(fields=("event", "number"), name="case_report_number_once"),
                models.UniqueConstraint(
                    condition=models.Q(("kind", "initial")), fields=("event",), name="case_report_initial_once"
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("kind__in", ("amendment", "nullification")), _negated=True),
                        models.Q(("reason", ""), _negated=True),
                        _connector="OR",
                    ),
                    name="case_report_taken_back_says_why",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="Transmission",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("site", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.site")),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ("public_id", core.identifiers.PublicIdField(prefix="trm")),
            (
                "report",
                models.ForeignKey(on_delete=models.PROTECT, related_name="transmissions", to="reports.casereport"),
            ),
            ("receiver", models.CharField(max_length=40, verbose_name="receiver, by the protocol's code")),
            ("receiver_name", models.CharField(max_length=120)),
            ("gateway", models.CharField(max_length=10)),
            ("batch_number", models.CharField(max_length=100, unique=True)),
            ("content", models.TextField(verbose_name="report as it leaves (XML)")),
            ("digest", models.CharField(max_length=64, verbose_name="SHA-256 of what leaves")),
            (
                "state",
                models.CharField(
                    choices=[
                        ("queued", "Queued"),
                        ("sending", "Leaving"),
                        ("sent", "Sent"),
                        ("acknowledged", "Acknowledged"),
                        ("rejected", "Rejected"),
                        ("failed", "Failed"),
                        ("doubt", "In doubt"),
                    ],
                    default="queued",
                    max_length=14,
                ),
            ),
            ("attempts", models.PositiveSmallIntegerField(default=0)),
            ("next_attempt_at", models.DateTimeField(blank=True, null=True)),
            ("claimed_at", models.DateTimeField(blank=True, null=True)),
            ("sent_at", models.DateTimeField(blank=True, null=True)),
            ("answered_at", models.DateTimeField(blank=True, null=True)),
            ("failure", models.CharField(blank=True, max_length=200)),
        ],
        options={
            "indexes": [
                models.Index(
                    condition=models.Q(("state__in", ("queued", "sending"))),
                    fields=["state", "next_attempt_at"],
                    name="transmission_waiting",
                )
            ],
            "constraints": [
                models.UniqueConstraint(fields=("report", "receiver"), name="report_to_receiver_once"),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("state__in", ("sent", "acknowledged", "rejected")), _negated=True),
                        ("sent_at__isnull", False),
                        _connector="OR",
                    ),
                    name="transmission_sent_has_moment",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="TransmissionStep",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("site", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.site")),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            (
                "transmission",
                models.ForeignKey(on_delete=models.PROTECT, related_name="steps", to="reports.transmission"),
            ),
            (
                "state",
                models.CharField(
                    choices=[
                        ("queued", "Queued"),
                        ("sending", "Leaving"),
                        ("sent", "Sent"),
                        ("acknowledged", "Acknowledged"),
                        ("rejected", "Rejected"),
                        ("failed", "Failed"),
                        ("doubt", "In doubt"),
                    ],
                    max_length=14,
                ),
            ),
            ("happened_at", models.DateTimeField()),
            ("detail", models.CharField(blank=True, max_length=300)),
        ],
    ),
    migrations.CreateModel(
        name="Acknowledgement",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("site", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.site")),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            (
                "transmission",
                models.ForeignKey(on_delete=models.PROTECT, related_name="acknowledgements", to="reports.transmission"),
            ),
            ("number", models.CharField(max_length=100, verbose_name="number of the acknowledgement (ACK.M.1)")),
            ("batch_code", models.CharField(max_length=2, verbose_name="code of the batch (ACK.A.4)")),
            ("report_code", models.CharField(blank=True, max_length=2, verbose_name="code of the report (ACK.B.r.6)")),
            ("words", models.TextField(blank=True, verbose_name="errors and remarks")),
            ("content", models.TextField(verbose_name="acknowledgement as it came (XML)")),
            ("digest", models.CharField(max_length=64, verbose_name="SHA-256 of the acknowledgement")),
            ("read_at", models.DateTimeField()),
        ],
        options={
            "constraints": [
                models.UniqueConstraint(fields=("transmission", "digest"), name="acknowledgement_kept_once")
            ],
        },
    ),
]


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("core", "0001_initial"),
        ("safety", "0001_initial"),
        ("trials", "0001_initial"),
    ]

    operations = [
        CreateTables(MODELS),
    ]
