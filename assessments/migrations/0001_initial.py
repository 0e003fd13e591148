import core.clock
import core.identifiers
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("patients", "0001_initial"),
        ("trials", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Assessment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("recorded_at", core.clock.RecordedAtField()),
                ("public_id", core.identifiers.PublicIdField(prefix="asm")),
                ("instrument", models.CharField(max_length=20)),
                ("respondent", models.CharField(max_length=30)),
                ("rating_code", models.CharField(blank=True, max_length=12, verbose_name="code shown to the rater")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("ready", "Ready"),
                            ("started", "Started"),
                            ("locked", "Locked"),
                            ("cancelled", "Cancelled"),
                        ],
                        default="ready",
                        max_length=10,
                    ),
                ),
                ("started_at", models.DateTimeField(blank=True, null=True)),
                ("locked_at", models.DateTimeField(blank=True, null=True)),
                (
                    "missing_reason",
                    models.CharField(blank=True, max_length=300, verbose_name="why items are without an answer"),
                ),
                (
                    "participant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="assessments",
                        to="patients.participant",
                    ),
                ),
                (
                    "protocol_version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="trials.protocolversion"
                    ),
                ),
                (
                    "rater",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="ratings",
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
                (
                    "visit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="assessments", to="patients.visit"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "cancelled"), _negated=True),
                        fields=("visit", "instrument", "respondent"),
                        name="assessment_once_per_visit",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "locked"), _negated=True), ("locked_at__isnull", False), _connector="OR"
                        ),
                        name="assessment_locked_has_time",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AssessmentScore",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("recorded_at", core.clock.RecordedAtField()),
                ("name", models.CharField(max_length=40)),
                ("value", models.CharField(blank=True, max_length=60)),
                ("complete", models.BooleanField()),
                ("incomplete_reason", models.CharField(blank=True, max_length=300)),
                (
                    "assessment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="scores", to="assessments.assessment"
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
                            ("complete", True), models.Q(("incomplete_reason", ""), _negated=True), _connector="OR"
                        ),
                        name="incomplete_score_has_reason",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ItemValue",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("recorded_at", core.clock.RecordedAtField()),
                ("item", models.PositiveSmallIntegerField()),
                ("value", models.IntegerField(null=True)),
                ("not_applicable", models.BooleanField(default=False)),
                (
                    "assessment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="items", to="assessments.assessment"
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
                    models.UniqueConstraint(fields=("assessment", "item"), name="item_once_per_assessment"),
                    models.CheckConstraint(
                        condition=models.Q(("value__isnull", True), ("not_applicable", False), _connector="OR"),
                        name="item_value_or_not_applicable",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="UnblindingIncident",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("recorded_at", core.clock.RecordedAtField()),
                ("public_id", core.identifiers.PublicIdField(prefix="unb")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("allocation", "What was given, or a guess about it"),
                            ("visit", "Which visit this is, or how far the participant is"),
                            ("session", "What happened in a session"),
                            ("effects", "Effects, events or measurements"),
                            ("earlier_rating", "An earlier rating or score"),
                            ("other", "Something else"),
                        ],
                        max_length=20,
                        verbose_name="what was learned",
                    ),
                ),
                ("text", models.TextField(blank=True, verbose_name="in the rater's own words")),
                ("observed_at", models.DateTimeField()),
                ("submission_id", models.UUIDField(unique=True)),
                (
                    "assessment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="unblinding_incidents",
                        to="assessments.assessment",
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
                "abstract": False,
            },
        ),
    ]
