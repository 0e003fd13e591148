"""The dosing day and what is entered in it, preparation, rooms and bookings, holds, calendars, privilege."""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.contrib.postgres.operations
from django.conf import settings
from django.db import migrations, models

import core.clock
import core.identifiers
import sessions.models.planning
from core.tables import CreateTables

MODELS = [
    migrations.CreateModel(
        name="DosingSession",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("site", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.site")),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ("public_id", core.identifiers.PublicIdField(prefix="dss")),
            (
                "participant",
                models.ForeignKey(on_delete=models.PROTECT, related_name="dosing_sessions", to="patients.participant"),
            ),
            (
                "visit",
                models.OneToOneField(on_delete=models.PROTECT, related_name="dosing_session", to="patients.visit"),
            ),
            ("number", models.PositiveSmallIntegerField()),
            (
                "state",
                models.CharField(
                    choices=[
                        ("preparing", "Preparing"),
                        ("dosed", "Dose given"),
                        ("ending", "Ended early, until discharge"),
                        ("closed", "Closed"),
                        ("abandoned", "Abandoned before dosing"),
                    ],
                    default="preparing",
                    max_length=12,
                ),
            ),
            ("opened_at", models.DateTimeField()),
            ("initial_dose_at", models.DateTimeField(blank=True, null=True)),
            ("ended_early_at", models.DateTimeField(blank=True, null=True)),
            ("early_end_cause", models.CharField(blank=True, max_length=40, verbose_name="cause, by the protocol")),
            ("early_end_reason", models.CharField(blank=True, max_length=300)),
            ("closed_at", models.DateTimeField(blank=True, null=True)),
        ],
        options={
            "constraints": [
                models.UniqueConstraint(fields=("participant", "number"), name="session_number_once"),
                models.CheckConstraint(
                    condition=models.Q(
                        ("state__in", ["preparing", "abandoned"]), ("initial_dose_at__isnull", False), _connector="OR"
                    ),
                    name="session_dosed_has_time",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("state", "closed"), _negated=True), ("closed_at__isnull", False), _connector="OR"
                    ),
                    name="session_closed_has_time",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("ended_early_at__isnull", True), models.Q(("state", "ending"), _negated=True)),
                        models.Q(
                            ("ended_early_at__isnull", False),
                            models.Q(("early_end_cause", ""), _negated=True),
                            models.Q(("early_end_reason", ""), _negated=True),
                        ),
                        _connector="OR",
                    ),
                    name="session_ended_early_says_why",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="ConditionOverride",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("site", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.site")),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            (
                "session",
                models.ForeignKey(on_delete=models.PROTECT, related_name="overrides", to="dosing.dosingsession"),
            ),
            ("condition", models.CharField(max_length=20)),
            ("duty", models.CharField(max_length=40)),
            ("reason", models.CharField(max_length=300)),
            ("decided_at", models.DateTimeField()),
        ],
    ),
    migrations.CreateModel(
        name="DosingHold",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("site", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.site")),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            (
                "participant",
                models.ForeignKey(on_delete=models.PROTECT, related_name="dosing_holds", to="patients.participant"),
            ),
            ("rule", models.CharField(max_length=20)),
            ("reason", models.CharField(max_length=300)),
            ("placed_at", models.DateTimeField()),
            ("lifted_at", models.DateTimeField(blank=True, null=True)),
            (
                "lifted_by",
                models.ForeignKey(null=True, on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
            ),
            ("lift_reason", models.CharField(blank=True, max_length=300)),
        ],
        options={
            "constraints": [
                models.UniqueConstraint(
                    condition=models.Q(("lifted_at__isnull", True)),
                    fields=("participant", "rule"),
                    name="one_open_hold_per_rule",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        ("lifted_at__isnull", True),
                        models.Q(("lifted_by__isnull", False), models.Q(("lift_reason", ""), _negated=True)),
                        _connector="OR",
                    ),
                    name="hold_lifted_by_whom_and_why",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="TrialHold",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("public_id", core.identifiers.PublicIdField(prefix="hld")),
            ("trial", models.ForeignKey(on_delete=models.PROTECT, related_name="dosing_holds", to="trials.trial")),
            ("rule", models.CharField(max_length=20)),
            ("reason", models.CharField(max_length=300)),
            ("cause", models.CharField(max_length=80)),
            ("placed_at", models.DateTimeField()),
            ("lifted_at", models.DateTimeField(blank=True, null=True)),
            (
                "lifted_by",
                models.ForeignKey(null=True, on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
            ),
            ("lift_reason", models.CharField(blank=True, max_length=300)),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
        ],
        options={
            "constraints": [
                models.UniqueConstraint(fields=("trial", "rule", "cause"), name="trial_hold_once_per_cause"),
                models.CheckConstraint(
                    condition=models.Q(
                        ("lifted_at__isnull", True),
                        models.Q(("lifted_by__isnull", False), models.Q(("lift_reason", ""), _negated=True)),
                        _connector="OR",
                    ),
                    name="trial_hold_lifted_by_whom_and_why",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="PaperSheet",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("site", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.site")),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ("public_id", core.identifiers.PublicIdField(prefix="pap")),
            (
                "session",
                models.ForeignKey(on_delete=models.PROTECT, related_name="paper_sheets", to="dosing.dosingsession"),
            ),
            ("file_name", models.CharField(max_length=120)),
            ("media_type", models.CharField(max_length=40)),
            ("digest", models.CharField(max_length=64)),
            ("content", models.BinaryField()),
            ("written_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
        ],
        options={
            "constraints": [models.UniqueConstraint(fields=("session", "digest"), name="paper_sheet_once_per_session")],
        },
    ),
    migrations.CreateModel(
        name="HandOver",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("site", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.site")),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ("public_id", core.identifiers.PublicIdField(prefix="ent")),
            (
                "session",
                models.ForeignKey(
                    on_delete=models.PROTECT, related_name="%(class)s_entries", to="dosing.dosingsession"
                ),
            ),
            ("observed_at", models.DateTimeField()),
            ("captured_at", models.DateTimeField(blank=True, null=True)),
            ("submission_id", models.UUIDField(unique=True)),
            (
                "amends",
                models.OneToOneField(
                    null=True, on_delete=models.PROTECT, related_name="amended_by", to="dosing.handover"
                ),
            ),
            ("reason", models.CharField(blank=True, max_length=300, verbose_name="reason for the correction")),
            ("withdrawn", models.BooleanField(default=False, verbose_name="the corrected entry is taken back")),
            ("paper", models.ForeignKey(null=True, on_delete=models.PROTECT, related_name="+", to="dosing.papersheet")),
            ("attendant", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ("told", models.TextField(verbose_name="what the attendant was told")),
        ],
        options={
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("amends__isnull", True), ("withdrawn", False)),
                        models.Q(("amends__isnull", False), models.Q(("reason", ""), _negated=True)),
                        _connector="OR",
                    ),
                    name="hand_over_correction_has_reason",
                )
            ],
        },
    ),
    migrations.CreateModel(
        name="OvernightCheck",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("site", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.site")),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ("public_id", core.identifiers.PublicIdField(prefix="ent")),
            (
                "session",
                models.ForeignKey(
                    on_delete=models.PROTECT, related_name="%(class)s_entries", to="dosing.dosingsession"
                ),
            ),
            ("observed_at", models.DateTimeField()),
            ("captured_at", models.DateTimeField(blank=True, null=True)),
            ("submission_id", models.UUIDField(unique=True)),
            (
                "amends",
                models.OneToOneField(
                    null=True, on_delete=models.PROTECT, related_name="amended_by", to="dosing.overnightcheck"
                ),
            ),
            ("reason", models.CharField(blank=True, max_length=300, verbose_name="reason for the correction")),
            ("withdrawn", models.BooleanField(default=False, verbose_name="the corrected entry is taken back")),
            ("paper", models.ForeignKey(null=True, on_delete=models.PROTECT, related_name="+", to="dosing.papersheet")),
            ("answers", models.JSONField(verbose_name="yes or no to each check of the protocol, in its words")),
            ("note", models.CharField(blank=True, max_length=300)),
        ],
        options={
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("amends__isnull", True), ("withdrawn", False)),
                        models.Q(("amends__isnull", False), models.Q(("reason", ""), _negated=True)),
                        _connector="OR",
                    ),
                    name="overnight_correction_has_reason",
                )
            ],
        },
    ),
    migrations.CreateModel(
        name="CalendarFeed",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "person",
                models.ForeignKey(on_delete=models.PROTECT, related_name="calendar_feeds", to=settings.AUTH_USER_MODEL),
            ),
            ("key_digest", models.CharField(max_length=64, unique=True)),
            ("made_at", models.DateTimeField()),
            ("revoked_at", models.DateTimeField(null=True)),
            ("recorded_at", core.clock.RecordedAtField()),
        ],
        options={
            "constraints": [
                models.UniqueConstraint(
                    condition=models.Q(("revoked_at__isnull", True)),
                    fields=("person",),
                    name="calendar_one_address_at_a_time",
                )
            ],
        },
    ),
    migrations.CreateModel(
        name="WorkingDay",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "person",
                models.ForeignKey(on_delete=models.PROTECT, related_name="working_days", to=settings.AUTH_USER_MODEL),
            ),
            (
                "weekday",
                models.PositiveSmallIntegerField(
                    choices=[
                        (1, "Monday"),
                        (2, "Tuesday"),
                        (3, "Wednesday"),
                        (4, "Thursday"),
                        (5, "Friday"),
                        (6, "Saturday"),
                        (7, "Sunday"),
                    ]
                ),
            ),
            ("from_time", models.TimeField(null=True)),
            ("to_time", models.TimeField(null=True)),
            ("recorded_at", core.clock.RecordedAtField()),
        ],
        options={
            "constraints": [
                models.UniqueConstraint(fields=("person", "weekday"), name="working_day_once"),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("from_time__isnull", True), ("to_time__isnull", True)),
                        ("from_time__lt", models.F("to_time")),
                        _connector="OR",
                    ),
                    name="working_day_has_both_times_or_none",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="Absence",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("public_id", core.identifiers.PublicIdField(prefix="abs")),
            (
                "person",
                models.ForeignKey(on_delete=models.PROTECT, related_name="absences", to=settings.AUTH_USER_MODEL),
            ),
            ("starts_on", models.DateField()),
            ("ends_on", models.DateField()),
            ("withdrawn_at", models.DateTimeField(null=True)),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
        ],
        options={
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(("ends_on__gte", models.F("starts_on"))), name="absence_ends_after_it_begins"
                )
            ],
        },
    ),
    migrations.CreateModel(
        name="VitalSigns",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("site", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.site")),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ("public_id", core.identifiers.PublicIdField(prefix="ent")),
            (
                "session",
                models.ForeignKey(
                    on_delete=models.PROTECT, related_name="%(class)s_entries", to="dosing.dosingsession"
                ),
            ),
            ("observed_at", models.DateTimeField()),
            ("captured_at", models.DateTimeField(blank=True, null=True)),
            ("submission_id", models.UUIDField(unique=True)),
            (
                "amends",
                models.OneToOneField(
                    null=True, on_delete=models.PROTECT, related_name="amended_by", to="dosing.vitalsigns"
                ),
            ),
            ("reason", models.CharField(blank=True, max_length=300, verbose_name="reason for the correction")),
            ("withdrawn", models.BooleanField(default=False, verbose_name="the corrected entry is taken back")),
            ("paper", models.ForeignKey(null=True, on_delete=models.PROTECT, related_name="+", to="dosing.papersheet")),
            ("systolic_mmhg", models.PositiveSmallIntegerField(null=True)),
            ("diastolic_mmhg", models.PositiveSmallIntegerField(null=True)),
            ("heart_rate_bpm", models.PositiveSmallIntegerField(null=True)),
            ("temperature_c", models.DecimalField(decimal_places=1, max_digits=4, null=True)),
            ("chest_pain", models.BooleanField(null=True)),
            ("severity", models.CharField(default="in_band", max_length=10)),
            ("verdicts", models.JSONField(default=list)),
        ],
        options={
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("amends__isnull", True), ("withdrawn", False)),
                        models.Q(("amends__isnull", False), models.Q(("reason", ""), _negated=True)),
                        _connector="OR",
                    ),
                    name="vital_signs_correction_has_reason",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        ("systolic_mmhg__isnull", False),
                        ("diastolic_mmhg__isnull", False),
                        ("heart_rate_bpm__isnull", False),
                        ("temperature_c__isnull", False),
                        _connector="OR",
                    ),
                    name="vital_signs_not_empty",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="DoseRecord",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("site", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.site")),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ("public_id", core.identifiers.PublicIdField(prefix="ent")),
            (
                "session",
                models.ForeignKey(
                    on_delete=models.PROTECT, related_name="%(class)s_entries", to="dosing.dosingsession"
                ),
            ),
            ("observed_at", models.DateTimeField()),
            ("captured_at", models.DateTimeField(blank=True, null=True)),
            ("submission_id", models.UUIDField(unique=True)),
            (
                "amends",
                models.OneToOneField(
                    null=True, on_delete=models.PROTECT, related_name="amended_by", to="dosing.doserecord"
                ),
            ),
            ("reason", models.CharField(blank=True, max_length=300, verbose_name="reason for the correction")),
            ("withdrawn", models.BooleanField(default=False, verbose_name="the corrected entry is taken back")),
            ("paper", models.ForeignKey(null=True, on_delete=models.PROTECT, related_name="+", to="dosing.papersheet")),
            (
                "kind",
                models.CharField(
                    choices=[("initial", "Initial dose"), ("supplemental", "Supplemental dose")], max_length=12
                ),
            ),
            (
                "decision",
                models.CharField(
                    choices=[("given", "Given"), ("withheld", "Withheld"), ("declined", "Declined by the participant")],
                    max_length=10,
                ),
            ),
            ("label", models.CharField(max_length=60)),
            ("kit_number", models.CharField(max_length=20)),
            ("decision_reason", models.CharField(blank=True, max_length=300)),
            (
                "second_person",
                models.ForeignKey(null=True, on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
            ),
            ("conditions", models.JSONField(default=list)),
        ],
        options={
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("amends__isnull", True), ("withdrawn", False)),
                        models.Q(("amends__isnull", False), models.Q(("reason", ""), _negated=True)),
                        _connector="OR",
                    ),
                    name="dose_correction_has_reason",
                ),
                models.UniqueConstraint(
                    condition=models.Q(("amends__isnull", True)),
                    fields=("session", "kind"),
                    name="one_decision_per_dose",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        ("decision", "given"), models.Q(("decision_reason", ""), _negated=True), _connector="OR"
                    ),
                    name="dose_not_given_has_reason",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="ObservedEffect",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("site", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.site")),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ("public_id", core.identifiers.PublicIdField(prefix="ent")),
            (
                "session",
                models.ForeignKey(
                    on_delete=models.PROTECT, related_name="%(class)s_entries", to="dosing.dosingsession"
                ),
            ),
            ("observed_at", models.DateTimeField()),
            ("captured_at", models.DateTimeField(blank=True, null=True)),
            ("submission_id", models.UUIDField(unique=True)),
            (
                "amends",
                models.OneToOneField(
                    null=True, on_delete=models.PROTECT, related_name="amended_by", to="dosing.observedeffect"
                ),
            ),
            ("reason", models.CharField(blank=True, max_length=300, verbose_name="reason for the correction")),
            ("withdrawn", models.BooleanField(default=False, verbose_name="the corrected entry is taken back")),
            ("paper", models.ForeignKey(null=True, on_delete=models.PROTECT, related_name="+", to="dosing.papersheet")),
            ("code", models.CharField(blank=True, max_length=40, verbose_name="code in the protocol's grid")),
            ("term", models.CharField(max_length=120)),
            (
                "valence",
                models.CharField(
                    choices=[
                        ("not_asked", "Not asked yet"),
                        ("welcome", "Welcome"),
                        ("neutral", "Neither"),
                        ("unwelcome", "Unwelcome"),
                    ],
                    default="not_asked",
                    max_length=10,
                ),
            ),
            (
                "severity",
                models.CharField(
                    blank=True,
                    choices=[("mild", "Mild"), ("moderate", "Moderate"), ("severe", "Severe")],
                    max_length=10,
                ),
            ),
            ("abuse_related", models.BooleanField(default=False)),
            ("ended_at", models.DateTimeField(blank=True, null=True)),
        ],
        options={
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("amends__isnull", True), ("withdrawn", False)),
                        models.Q(("amends__isnull", False), models.Q(("reason", ""), _negated=True)),
                        _connector="OR",
                    ),
                    name="effect_correction_has_reason",
                )
            ],
        },
    ),
    migrations.CreateModel(
        name="SessionNote",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("site", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.site")),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ("public_id", core.identifiers.PublicIdField(prefix="ent")),
            (
                "session",
                models.ForeignKey(
                    on_delete=models.PROTECT, related_name="%(class)s_entries", to="dosing.dosingsession"
                ),
            ),
            ("observed_at", models.DateTimeField()),
            ("captured_at", models.DateTimeField(blank=True, null=True)),
            ("submission_id", models.UUIDField(unique=True)),
            (
                "amends",
                models.OneToOneField(
                    null=True, on_delete=models.PROTECT, related_name="amended_by", to="dosing.sessionnote"
                ),
            ),
            ("reason", models.CharField(blank=True, max_length=300, verbose_name="reason for the correction")),
            ("withdrawn", models.BooleanField(default=False, verbose_name="the corrected entry is taken back")),
            ("paper", models.ForeignKey(null=True, on_delete=models.PROTECT, related_name="+", to="dosing.papersheet")),
            ("text", models.TextField()),
        ],
        options={
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("amends__isnull", True), ("withdrawn", False)),
                        models.Q(("amends__isnull", False), models.Q(("reason", ""), _negated=True)),
                        _connector="OR",
                    ),
                    name="note_correction_has_reason",
                )
            ],
        },
    ),
    migrations.CreateModel(
        name="DistressRating",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("site", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.site")),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ("public_id", core.identifiers.PublicIdField(prefix="ent")),
            (
                "session",
                models.ForeignKey(
                    on_delete=models.PROTECT, related_name="%(class)s_entries", to="dosing.dosingsession"
                ),
            ),
            ("observed_at", models.DateTimeField()),
            ("captured_at", models.DateTimeField(blank=True, null=True)),
            ("submission_id", models.UUIDField(unique=True)),
            (
                "amends",
                models.OneToOneField(
                    null=True, on_delete=models.PROTECT, related_name="amended_by", to="dosing.distressrating"
                ),
            ),
            ("reason", models.CharField(blank=True, max_length=300, verbose_name="reason for the correction")),
            ("withdrawn", models.BooleanField(default=False, verbose_name="the corrected entry is taken back")),
            ("paper", models.ForeignKey(null=True, on_delete=models.PROTECT, related_name="+", to="dosing.papersheet")),
            ("score", models.PositiveSmallIntegerField()),
        ],
        options={
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("amends__isnull", True), ("withdrawn", False)),
                        models.Q(("amends__isnull", False), models.Q(("reason", ""), _negated=True)),
                        _connector="OR",
                    ),
                    name="distress_correction_has_reason",
                )
            ],
        },
    ),
    migrations.CreateModel(
        name="MedicineGiven",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("site", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.site")),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ("public_id", core.identifiers.PublicIdField(prefix="ent")),
            (
                "session",
                models.ForeignKey(
                    on_delete=models.PROTECT, related_name="%(class)s_entries", to="dosing.dosingsession"
                ),
            ),
            ("observed_at", models.DateTimeField()),
            ("captured_at", models.DateTimeField(blank=True, null=True)),
            ("submission_id", models.UUIDField(unique=True)),
            (
                "amends",
                models.OneToOneField(
                    null=True, on_delete=models.PROTECT, related_name="amended_by", to="dosing.medicinegiven"
                ),
            ),
            ("reason", models.CharField(blank=True, max_length=300, verbose_name="reason for the correction")),
            ("withdrawn", models.BooleanField(default=False, verbose_name="the corrected entry is taken back")),
            ("paper", models.ForeignKey(null=True, on_delete=models.PROTECT, related_name="+", to="dosing.papersheet")),
            ("name", models.CharField(max_length=120)),
            ("amount", models.CharField(max_length=60)),
            ("indication", models.CharField(blank=True, max_length=200)),
        ],
        options={
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("amends__isnull", True), ("withdrawn", False)),
                        models.Q(("amends__isnull", False), models.Q(("reason", ""), _negated=True)),
                        _connector="OR",
                    ),
                    name="medicine_correction_has_reason",
                )
            ],
        },
    ),
    migrations.CreateModel(
        name="RoomPresence",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("site", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.site")),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ("public_id", core.identifiers.PublicIdField(prefix="ent")),
            (
                "session",
                models.ForeignKey(
                    on_delete=models.PROTECT, related_name="%(class)s_entries", to="dosing.dosingsession"
                ),
            ),
            ("observed_at", models.DateTimeField()),
            ("captured_at", models.DateTimeField(blank=True, null=True)),
            ("submission_id", models.UUIDField(unique=True)),
            (
                "amends",
                models.OneToOneField(
                    null=True, on_delete=models.PROTECT, related_name="amended_by", to="dosing.roompresence"
                ),
            ),
            ("reason", models.CharField(blank=True, max_length=300, verbose_name="reason for the correction")),
            ("withdrawn", models.BooleanField(default=False, verbose_name="the corrected entry is taken back")),
            ("paper", models.ForeignKey(null=True, on_delete=models.PROTECT, related_name="+", to="dosing.papersheet")),
            ("person", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ("direction", models.CharField(choices=[("in", "Entered"), ("out", "Left")], max_length=3)),
        ],
        options={
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("amends__isnull", True), ("withdrawn", False)),
                        models.Q(("amends__isnull", False), models.Q(("reason", ""), _negated=True)),
                        _connector="OR",
                    ),
                    name="presence_correction_has_reason",
                )
            ],
        },
    ),
    migrations.CreateModel(
        name="DischargeCheck",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("site", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.site")),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ("public_id", core.identifiers.PublicIdField(prefix="ent")),
            (
                "session",
                models.ForeignKey(
                    on_delete=models.PROTECT, related_name="%(class)s_entries", to="dosing.dosingsession"
                ),
            ),
            ("observed_at", models.DateTimeField()),
            ("captured_at", models.DateTimeField(blank=True, null=True)),
            ("submission_id", models.UUIDField(unique=True)),
            (
                "amends",
                models.OneToOneField(
                    null=True, on_delete=models.PROTECT, related_name="amended_by", to="dosing.dischargecheck"
                ),
            ),
            ("reason", models.CharField(blank=True, max_length=300, verbose_name="reason for the correction")),
            ("withdrawn", models.BooleanField(default=False, verbose_name="the corrected entry is taken back")),
            ("paper", models.ForeignKey(null=True, on_delete=models.PROTECT, related_name="+", to="dosing.papersheet")),
            ("answers", models.JSONField()),
            ("conditions", models.JSONField(default=list)),
            ("ready", models.BooleanField()),
            ("escort_name", models.CharField(blank=True, max_length=120)),
            (
                "second_person",
                models.ForeignKey(null=True, on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
            ),
        ],
        options={
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("amends__isnull", True), ("withdrawn", False)),
                        models.Q(("amends__isnull", False), models.Q(("reason", ""), _negated=True)),
                        _connector="OR",
                    ),
                    name="discharge_correction_has_reason",
                )
            ],
        },
    ),
    migrations.CreateModel(
        name="Room",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("site", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.site")),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ("public_id", core.identifiers.PublicIdField(prefix="rom")),
            ("name", models.CharField(max_length=60)),
            ("in_use", models.BooleanField(default=True)),
        ],
        options={
            "constraints": [models.UniqueConstraint(fields=("site", "name"), name="room_name_once_per_site")],
        },
    ),
    migrations.CreateModel(
        name="Booking",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("site", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.site")),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ("public_id", core.identifiers.PublicIdField(prefix="bkg")),
            ("visit", models.ForeignKey(on_delete=models.PROTECT, related_name="bookings", to="patients.visit")),
            ("room", models.ForeignKey(null=True, on_delete=models.PROTECT, related_name="bookings", to="dosing.room")),
            (
                "person",
                models.ForeignKey(null=True, on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
            ),
            ("duty", models.CharField(blank=True, max_length=40)),
            ("starts_at", models.DateTimeField()),
            ("ends_at", models.DateTimeField()),
            ("released_at", models.DateTimeField(blank=True, null=True)),
            ("release_reason", models.CharField(blank=True, max_length=300)),
        ],
        options={
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(("ends_at__gt", models.F("starts_at"))), name="booking_ends_after_start"
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("room__isnull", False), ("person__isnull", True), ("duty", "")),
                        models.Q(
                            ("room__isnull", True), ("person__isnull", False), models.Q(("duty", ""), _negated=True)
                        ),
                        _connector="OR",
                    ),
                    name="booking_of_a_room_or_a_person",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        ("released_at__isnull", True), models.Q(("release_reason", ""), _negated=True), _connector="OR"
                    ),
                    name="booking_released_says_why",
                ),
                django.contrib.postgres.constraints.ExclusionConstraint(
                    condition=models.Q(("released_at__isnull", True), ("room__isnull", False)),
                    expressions=[
                        (
                            sessions.models.planning.TimeSpan(
                                "starts_at", "ends_at", django.contrib.postgres.fields.ranges.RangeBoundary()
                            ),
                            "&&",
                        ),
                        ("room", "="),
                    ],
                    name="room_is_booked_once_at_a_time",
                ),
                django.contrib.postgres.constraints.ExclusionConstraint(
                    condition=models.Q(("released_at__isnull", True), ("person__isnull", False)),
                    expressions=[
                        (
                            sessions.models.planning.TimeSpan(
                                "starts_at", "ends_at", django.contrib.postgres.fields.ranges.RangeBoundary()
                            ),
                            "&&",
                        ),
                        ("person", "="),
                    ],
                    name="person_is_booked_once_at_a_time",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="PreparatorySession",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("site", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.site")),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ("public_id", core.identifiers.PublicIdField(prefix="pps")),
            (
                "participant",
                models.ForeignKey(
                    on_delete=models.PROTECT, related_name="preparatory_sessions", to="patients.participant"
                ),
            ),
            (
                "visit",
                models.OneToOneField(on_delete=models.PROTECT, related_name="preparatory_session", to="patients.visit"),
            ),
            ("held_at", models.DateTimeField()),
            ("minutes", models.PositiveSmallIntegerField(null=True)),
            ("agenda", models.JSONField(default=list, verbose_name="subjects that were spoken about, by code")),
            ("safety_plan", models.TextField(blank=True)),
            (
                "touch_reviewed",
                models.BooleanField(default=False, verbose_name="touch was spoken about and the consent read again"),
            ),
            (
                "touch_limits",
                models.TextField(
                    blank=True, verbose_name="what is welcome and what is not, in the participant's words"
                ),
            ),
            ("stop_word", models.CharField(blank=True, max_length=40)),
            (
                "recording_reviewed",
                models.BooleanField(
                    default=False, verbose_name="recording was spoken about and the consent read again"
                ),
            ),
            ("expectancy", models.PositiveSmallIntegerField(null=True, verbose_name="how much help is expected")),
            (
                "taper",
                models.CharField(
                    blank=True,
                    choices=[
                        ("none", "No medicine to stop"),
                        ("on_plan", "Taper goes as planned"),
                        ("changed", "Taper changed"),
                        ("done", "Taper and washout done"),
                    ],
                    max_length=10,
                    verbose_name="medicines and taper",
                ),
            ),
            ("medicines", models.CharField(blank=True, max_length=300, verbose_name="medicines taken now")),
            ("allergies", models.CharField(blank=True, max_length=300)),
            ("note", models.TextField(blank=True)),
            ("version", models.PositiveIntegerField(default=1, verbose_name="version for optimistic editing")),
        ],
        options={
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(("minutes__isnull", True), ("minutes__gt", 0), _connector="OR"),
                    name="preparation_has_length",
                )
            ],
        },
    ),
    migrations.CreateModel(
        name="PreparationAttendance",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("site", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.site")),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            (
                "preparation",
                models.ForeignKey(on_delete=models.PROTECT, related_name="attendances", to="dosing.preparatorysession"),
            ),
            ("person", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ("present", models.BooleanField(default=True)),
        ],
        options={
            "constraints": [
                models.UniqueConstraint(fields=("preparation", "person"), name="attendance_once_per_preparation")
            ],
        },
    ),
    migrations.CreateModel(
        name="TherapistRest",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("site", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.site")),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ("public_id", core.identifiers.PublicIdField(prefix="rst")),
            ("person", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            (
                "cause",
                models.CharField(
                    choices=[
                        ("threshold", "Reviews below the threshold of the protocol"),
                        ("breach", "A breach was seen in a recording"),
                        ("boundary", "A concern of a boundary review"),
                    ],
                    max_length=10,
                ),
            ),
            ("reason", models.CharField(max_length=300)),
            ("rested_at", models.DateTimeField()),
            ("restored_at", models.DateTimeField(null=True)),
            (
                "restored_by",
                models.ForeignKey(null=True, on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
            ),
            ("restore_reason", models.CharField(blank=True, max_length=300)),
        ],
        options={
            "constraints": [
                models.UniqueConstraint(
                    condition=models.Q(("restored_at__isnull", True)),
                    fields=("site", "person", "cause"),
                    name="one_open_rest_per_cause",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        ("restored_at__isnull", True),
                        models.Q(("restored_by__isnull", False), models.Q(("restore_reason", ""), _negated=True)),
                        _connector="OR",
                    ),
                    name="rest_restored_by_whom_and_why",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="PairSignOff",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("site", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.site")),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            (
                "session",
                models.ForeignKey(on_delete=models.PROTECT, related_name="sign_offs", to="dosing.dosingsession"),
            ),
            ("first", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ("second", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ("findings", models.TextField()),
            ("signed_off_at", models.DateTimeField()),
        ],
        options={
            "constraints": [
                models.UniqueConstraint(fields=("site", "first", "second"), name="pair_signed_off_once"),
                models.CheckConstraint(condition=models.Q(("first__lt", models.F("second"))), name="pair_is_in_order"),
            ],
        },
    ),
    migrations.CreateModel(
        name="TouchEvent",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("site", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.site")),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ("public_id", core.identifiers.PublicIdField(prefix="ent")),
            (
                "session",
                models.ForeignKey(
                    on_delete=models.PROTECT, related_name="%(class)s_entries", to="dosing.dosingsession"
                ),
            ),
            ("observed_at", models.DateTimeField()),
            ("captured_at", models.DateTimeField(blank=True, null=True)),
            ("submission_id", models.UUIDField(unique=True)),
            (
                "amends",
                models.OneToOneField(
                    null=True, on_delete=models.PROTECT, related_name="amended_by", to="dosing.touchevent"
                ),
            ),
            ("reason", models.CharField(blank=True, max_length=300, verbose_name="reason for the correction")),
            ("withdrawn", models.BooleanField(default=False, verbose_name="the corrected entry is taken back")),
            ("paper", models.ForeignKey(null=True, on_delete=models.PROTECT, related_name="+", to="dosing.papersheet")),
            ("code", models.CharField(max_length=40, verbose_name="kind of touch, by the protocol")),
            ("words", models.CharField(max_length=120, verbose_name="kind of touch in words")),
            (
                "offered_from",
                models.CharField(
                    choices=[("therapist", "Offered by a therapist"), ("participant", "Asked for by the participant")],
                    max_length=12,
                ),
            ),
            (
                "response",
                models.CharField(
                    choices=[("accepted", "Accepted"), ("declined", "Declined"), ("stopped", "Stopped")], max_length=10
                ),
            ),
            ("stop_word", models.BooleanField(default=False, verbose_name="the stop word was said")),
            (
                "outside_preferences",
                models.BooleanField(default=False, verbose_name="not among what the participant welcomed before"),
            ),
        ],
        options={
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("amends__isnull", True), ("withdrawn", False)),
                        models.Q(("amends__isnull", False), models.Q(("reason", ""), _negated=True)),
                        _connector="OR",
                    ),
                    name="touch_correction_has_reason",
                )
            ],
        },
    ),
    migrations.CreateModel(
        name="RecordingMark",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("site", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.site")),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ("public_id", core.identifiers.PublicIdField(prefix="ent")),
            (
                "session",
                models.ForeignKey(
                    on_delete=models.PROTECT, related_name="%(class)s_entries", to="dosing.dosingsession"
                ),
            ),
            ("observed_at", models.DateTimeField()),
            ("captured_at", models.DateTimeField(blank=True, null=True)),
            ("submission_id", models.UUIDField(unique=True)),
            (
                "amends",
                models.OneToOneField(
                    null=True, on_delete=models.PROTECT, related_name="amended_by", to="dosing.recordingmark"
                ),
            ),
            ("reason", models.CharField(blank=True, max_length=300, verbose_name="reason for the correction")),
            ("withdrawn", models.BooleanField(default=False, verbose_name="the corrected entry is taken back")),
            ("paper", models.ForeignKey(null=True, on_delete=models.PROTECT, related_name="+", to="dosing.papersheet")),
            (
                "kind",
                models.CharField(
                    choices=[
                        ("started", "Started"),
                        ("paused", "Paused"),
                        ("resumed", "Goes on"),
                        ("stopped", "Stopped"),
                        ("mark", "Moment marked"),
                        ("whole", "Attested: the whole session is recorded"),
                        ("gap", "Attested: not, or not wholly recorded"),
                    ],
                    max_length=10,
                ),
            ),
            ("time_code", models.CharField(blank=True, max_length=10)),
            ("reference", models.CharField(blank=True, max_length=60, verbose_name="number of the file or card")),
            ("note", models.CharField(blank=True, max_length=200)),
        ],
        options={
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("amends__isnull", True), ("withdrawn", False)),
                        models.Q(("amends__isnull", False), models.Q(("reason", ""), _negated=True)),
                        _connector="OR",
                    ),
                    name="recording_correction_has_reason",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("kind", "gap"), _negated=True), models.Q(("note", ""), _negated=True), _connector="OR"
                    ),
                    name="recording_gap_is_explained",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="SettingMark",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("site", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.site")),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ("public_id", core.identifiers.PublicIdField(prefix="ent")),
            (
                "session",
                models.ForeignKey(
                    on_delete=models.PROTECT, related_name="%(class)s_entries", to="dosing.dosingsession"
                ),
            ),
            ("observed_at", models.DateTimeField()),
            ("captured_at", models.DateTimeField(blank=True, null=True)),
            ("submission_id", models.UUIDField(unique=True)),
            (
                "amends",
                models.OneToOneField(
                    null=True, on_delete=models.PROTECT, related_name="amended_by", to="dosing.settingmark"
                ),
            ),
            ("reason", models.CharField(blank=True, max_length=300, verbose_name="reason for the correction")),
            ("withdrawn", models.BooleanField(default=False, verbose_name="the corrected entry is taken back")),
            ("paper", models.ForeignKey(null=True, on_delete=models.PROTECT, related_name="+", to="dosing.papersheet")),
            ("code", models.CharField(max_length=40)),
            ("words", models.CharField(max_length=120)),
            ("note", models.CharField(blank=True, max_length=200)),
        ],
        options={
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("amends__isnull", True), ("withdrawn", False)),
                        models.Q(("amends__isnull", False), models.Q(("reason", ""), _negated=True)),
                        _connector="OR",
                    ),
                    name="setting_correction_has_reason",
                )
            ],
        },
    ),
    migrations.CreateModel(
        name="EffectEnquiry",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("site", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.site")),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ("public_id", core.identifiers.PublicIdField(prefix="ent")),
            (
                "session",
                models.ForeignKey(
                    on_delete=models.PROTECT, related_name="%(class)s_entries", to="dosing.dosingsession"
                ),
            ),
            ("observed_at", models.DateTimeField()),
            ("captured_at", models.DateTimeField(blank=True, null=True)),
            ("submission_id", models.UUIDField(unique=True)),
            (
                "amends",
                models.OneToOneField(
                    null=True, on_delete=models.PROTECT, related_name="amended_by", to="dosing.effectenquiry"
                ),
            ),
            ("reason", models.CharField(blank=True, max_length=300, verbose_name="reason for the correction")),
            ("withdrawn", models.BooleanField(default=False, verbose_name="the corrected entry is taken back")),
            ("paper", models.ForeignKey(null=True, on_delete=models.PROTECT, related_name="+", to="dosing.papersheet")),
            ("minute", models.PositiveSmallIntegerField(verbose_name="minute of the plan")),
            ("answers", models.JSONField(verbose_name="present or not, by code of the grid")),
        ],
        options={
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("amends__isnull", True), ("withdrawn", False)),
                        models.Q(("amends__isnull", False), models.Q(("reason", ""), _negated=True)),
                        _connector="OR",
                    ),
                    name="enquiry_correction_has_reason",
                )
            ],
        },
    ),
    migrations.CreateModel(
        name="FluidIntake",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("site", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.site")),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ("public_id", core.identifiers.PublicIdField(prefix="ent")),
            (
                "session",
                models.ForeignKey(
                    on_delete=models.PROTECT, related_name="%(class)s_entries", to="dosing.dosingsession"
                ),
            ),
            ("observed_at", models.DateTimeField()),
            ("captured_at", models.DateTimeField(blank=True, null=True)),
            ("submission_id", models.UUIDField(unique=True)),
            (
                "amends",
                models.OneToOneField(
                    null=True, on_delete=models.PROTECT, related_name="amended_by", to="dosing.fluidintake"
                ),
            ),
            ("reason", models.CharField(blank=True, max_length=300, verbose_name="reason for the correction")),
            ("withdrawn", models.BooleanField(default=False, verbose_name="the corrected entry is taken back")),
            ("paper", models.ForeignKey(null=True, on_delete=models.PROTECT, related_name="+", to="dosing.papersheet")),
            ("amount_ml", models.PositiveSmallIntegerField(verbose_name="amount in millilitres")),
        ],
        options={
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("amends__isnull", True), ("withdrawn", False)),
                        models.Q(("amends__isnull", False), models.Q(("reason", ""), _negated=True)),
                        _connector="OR",
                    ),
                    name="fluid_correction_has_reason",
                )
            ],
        },
    ),
    migrations.CreateModel(
        name="ChecklistAnswer",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("site", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.site")),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ("public_id", core.identifiers.PublicIdField(prefix="ent")),
            (
                "session",
                models.ForeignKey(
                    on_delete=models.PROTECT, related_name="%(class)s_entries", to="dosing.dosingsession"
                ),
            ),
            ("observed_at", models.DateTimeField()),
            ("captured_at", models.DateTimeField(blank=True, null=True)),
            ("submission_id", models.UUIDField(unique=True)),
            (
                "amends",
                models.OneToOneField(
                    null=True, on_delete=models.PROTECT, related_name="amended_by", to="dosing.checklistanswer"
                ),
            ),
            ("reason", models.CharField(blank=True, max_length=300, verbose_name="reason for the correction")),
            ("withdrawn", models.BooleanField(default=False, verbose_name="the corrected entry is taken back")),
            ("paper", models.ForeignKey(null=True, on_delete=models.PROTECT, related_name="+", to="dosing.papersheet")),
            ("code", models.CharField(max_length=20)),
            ("done", models.BooleanField()),
            ("note", models.CharField(blank=True, max_length=200)),
        ],
        options={
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("amends__isnull", True), ("withdrawn", False)),
                        models.Q(("amends__isnull", False), models.Q(("reason", ""), _negated=True)),
                        _connector="OR",
                    ),
                    name="checklist_correction_has_reason",
                ),
                models.CheckConstraint(
                    condition=models.Q(("done", True), models.Q(("note", ""), _negated=True), _connector="OR"),
                    name="checklist_no_is_explained",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="PhysicianCall",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("site", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.site")),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ("public_id", core.identifiers.PublicIdField(prefix="ent")),
            (
                "session",
                models.ForeignKey(
                    on_delete=models.PROTECT, related_name="%(class)s_entries", to="dosing.dosingsession"
                ),
            ),
            ("observed_at", models.DateTimeField()),
            ("captured_at", models.DateTimeField(blank=True, null=True)),
            ("submission_id", models.UUIDField(unique=True)),
            (
                "amends",
                models.OneToOneField(
                    null=True, on_delete=models.PROTECT, related_name="amended_by", to="dosing.physiciancall"
                ),
            ),
            ("reason", models.CharField(blank=True, max_length=300, verbose_name="reason for the correction")),
            ("withdrawn", models.BooleanField(default=False, verbose_name="the corrected entry is taken back")),
            ("paper", models.ForeignKey(null=True, on_delete=models.PROTECT, related_name="+", to="dosing.papersheet")),
            (
                "physician",
                models.ForeignKey(null=True, on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
            ),
            ("about", models.CharField(max_length=200)),
            ("reached", models.BooleanField()),
            ("advice", models.CharField(blank=True, max_length=300)),
        ],
        options={
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("amends__isnull", True), ("withdrawn", False)),
                        models.Q(("amends__isnull", False), models.Q(("reason", ""), _negated=True)),
                        _connector="OR",
                    ),
                    name="call_correction_has_reason",
                ),
                models.CheckConstraint(
                    condition=models.Q(("reached", False), models.Q(("advice", ""), _negated=True), _connector="OR"),
                    name="call_reached_says_advice",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="StreamPosition",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("site", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.site")),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ("session", models.ForeignKey(on_delete=models.PROTECT, related_name="stream", to="dosing.dosingsession")),
            ("sequence", models.PositiveIntegerField()),
            ("kind", models.CharField(max_length=20)),
            ("entry", core.identifiers.PublicIdField(prefix="ent")),
        ],
        options={
            "constraints": [models.UniqueConstraint(fields=("session", "sequence"), name="stream_sequence_once")],
        },
    ),
    migrations.CreateModel(
        name="Capture",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("site", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.site")),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            (
                "session",
                models.ForeignKey(on_delete=models.PROTECT, related_name="captures", to="dosing.dosingsession"),
            ),
            ("submission_id", models.UUIDField(unique=True)),
            ("digest", models.CharField(max_length=64)),
            ("kind", models.CharField(max_length=20)),
            ("entry", core.identifiers.PublicIdField(prefix="ent")),
            (
                "clock_offset_ms",
                models.IntegerField(verbose_name="server's clock less the device's, when it was captured"),
            ),
            ("sent_offset_ms", models.IntegerField(verbose_name="the same, when it was sent")),
            (
                "clock_drifted",
                models.BooleanField(verbose_name="the device's clock was further off than the protocol allows"),
            ),
            ("while_locked", models.BooleanField(default=False, verbose_name="captured while the tablet was locked")),
        ],
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
        # Nobody and no room is booked twice at a time. Trusted: the owner of the database may create it.
        django.contrib.postgres.operations.BtreeGistExtension(),
        CreateTables(MODELS),
    ]
