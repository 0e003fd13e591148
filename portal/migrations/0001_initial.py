"""The own pages of participants: code, links, stays, diary, and what is said past the site."""

from django.conf import settings
from django.db import migrations, models

import core.clock
import core.identifiers
from core.tables import CreateTables

MODELS = [
    migrations.CreateModel(
        name="OwnAccess",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("site", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.site")),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            (
                "participant",
                models.OneToOneField(on_delete=models.PROTECT, related_name="own_access", to="patients.participant"),
            ),
            ("code_digest", models.CharField(max_length=128)),
            ("code_made_at", models.DateTimeField()),
            ("paused_at", models.DateTimeField(null=True, verbose_name="the participant wants a pause since")),
        ],
    ),
    migrations.CreateModel(
        name="OwnLink",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("site", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.site")),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ("public_id", core.identifiers.PublicIdField(prefix="lnk")),
            (
                "participant",
                models.ForeignKey(on_delete=models.PROTECT, related_name="own_links", to="patients.participant"),
            ),
            ("ends_at", models.DateTimeField()),
            ("failures", models.PositiveSmallIntegerField(default=0)),
            ("used_at", models.DateTimeField(null=True)),
        ],
    ),
    migrations.CreateModel(
        name="OwnStay",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("site", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.site")),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            (
                "participant",
                models.ForeignKey(on_delete=models.PROTECT, related_name="own_stays", to="patients.participant"),
            ),
            ("link", models.OneToOneField(on_delete=models.PROTECT, related_name="stay", to="portal.ownlink")),
            ("key_digest", models.CharField(max_length=64, unique=True)),
            ("began_at", models.DateTimeField()),
            ("seen_at", models.DateTimeField()),
            ("ended_at", models.DateTimeField(null=True)),
        ],
        options={
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(
                        ("ended_at__isnull", True), ("ended_at__gte", models.F("began_at")), _connector="OR"
                    ),
                    name="stay_ends_after_it_began",
                )
            ],
        },
    ),
    migrations.CreateModel(
        name="FailedOpening",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("source_digest", models.CharField(max_length=64)),
            ("tried_at", models.DateTimeField()),
        ],
        options={
            "indexes": [models.Index(fields=["source_digest", "tried_at"], name="opening_by_source")],
        },
    ),
    migrations.CreateModel(
        name="DiaryEntry",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("site", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.site")),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ("public_id", core.identifiers.PublicIdField(prefix="dia")),
            (
                "participant",
                models.ForeignKey(on_delete=models.PROTECT, related_name="diary", to="patients.participant"),
            ),
            ("about_on", models.DateField()),
            ("wellbeing", models.PositiveSmallIntegerField(verbose_name="how the day was, from 0 to 10")),
            ("words", models.TextField(blank=True)),
            ("written_at", models.DateTimeField()),
            ("submission_id", models.UUIDField(unique=True)),
        ],
        options={
            "constraints": [
                models.CheckConstraint(condition=models.Q(("wellbeing__lte", 10)), name="diary_wellbeing_on_its_scale")
            ],
        },
    ),
    migrations.CreateModel(
        name="ConfidentialReport",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("site", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.site")),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ("public_id", core.identifiers.PublicIdField(prefix="cfr")),
            ("participant", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="patients.participant")),
            ("participant_code", models.CharField(max_length=20, verbose_name="screening number")),
            (
                "kind",
                models.CharField(
                    choices=[
                        ("concern", "A concern about how I was treated"),
                        ("boundary", "Something in a session that was not right"),
                        ("missed", "Something was missed or made light of"),
                        ("other", "Something else"),
                    ],
                    max_length=10,
                ),
            ),
            ("words", models.TextField()),
            ("wants_answer", models.BooleanField(verbose_name="wants to be spoken to")),
            ("sent_at", models.DateTimeField()),
            ("acknowledge_by_at", models.DateTimeField()),
            ("acknowledged_at", models.DateTimeField(null=True)),
            (
                "acknowledged_by",
                models.ForeignKey(null=True, on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
            ),
            ("answer", models.TextField(blank=True, verbose_name="what is done")),
            ("submission_id", models.UUIDField(unique=True)),
        ],
        options={
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(
                        ("acknowledged_at__isnull", True),
                        models.Q(("acknowledged_by__isnull", False), models.Q(("answer", ""), _negated=True)),
                        _connector="OR",
                    ),
                    name="report_acknowledged_by_somebody",
                )
            ],
        },
    ),
]


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("core", "0001_initial"),
        ("patients", "0001_initial"),
        ("trials", "0001_initial"),
    ]

    operations = [
        CreateTables(MODELS),
    ]
