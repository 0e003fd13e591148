"""Adds the ledgers of the room, the night, the preparation and the plan, and the early end of a session."""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.contrib.postgres.operations
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import core.clock
import core.identifiers
import sessions.models.planning


class Migration(migrations.Migration):
    dependencies = [
        ("core", "__first__"),
        ("dosing", "0004_stream"),
        ("patients", "0005_recruitment_guard"),
        ("trials", "0004_qualifications"),
    ]

    operations = [
        django.contrib.postgres.operations.BtreeGistExtension(),
        migrations.CreateModel(
            name="Room",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "site",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="trials.site"),
                ),
                ("recorded_at", core.clock.RecordedAtField()),
                (
                    "recorded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("public_id", core.identifiers.PublicIdField(prefix="rom")),
                ("name", models.CharField(max_length=60)),
                ("in_use", models.BooleanField(default=True)),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("site", "name"), name="room_name_once_per_site")],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="Booking",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "site",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="trials.site"),
                ),
                ("recorded_at", core.clock.RecordedAtField()),
                (
                    "recorded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("public_id", core.identifiers.PublicIdField(prefix="bkg")),
                (
                    "visit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="bookings", to="patients.visit"
                    ),
                ),
                (
                    "room",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="bookings",
                        to="dosing.room",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
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
                            ("released_at__isnull", True),
                            models.Q(("release_reason", ""), _negated=True),
                            _connector="OR",
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
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="PaperSheet",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "site",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="trials.site"),
                ),
                ("recorded_at", core.clock.RecordedAtField()),
                (
                    "recorded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("public_id", core.identifiers.PublicIdField(prefix="pap")),
                (
                    "session",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="paper_sheets",
                        to="dosing.dosingsession",
                    ),
                ),
                ("file_name", models.CharField(max_length=120)),
                ("media_type", models.CharField(max_length=40)),
                ("digest", models.CharField(max_length=64)),
                ("content", models.BinaryField()),
                (
                    "written_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("session", "digest"), name="paper_sheet_once_per_session")
                ],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="PreparatorySession",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "site",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="trials.site"),
                ),
                ("recorded_at", core.clock.RecordedAtField()),
                (
                    "recorded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("public_id", core.identifiers.PublicIdField(prefix="pps")),
                (
                    "participant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="preparatory_sessions",
                        to="patients.participant",
                    ),
                ),
                (
                    "visit",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="preparatory_session",
                        to="patients.visit",
                    ),
                ),
                ("held_at", models.DateTimeField()),
                ("minutes", models.PositiveSmallIntegerField(null=True)),
                ("agenda", models.JSONField(default=list, verbose_name="subjects that were spoken about, by code")),
                ("safety_plan", models.TextField(blank=True)),
                (
                    "touch_reviewed",
                    models.BooleanField(
                        default=False, verbose_name="touch was spoken about and the consent read again"
                    ),
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
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="PreparationAttendance",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "site",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="trials.site"),
                ),
                ("recorded_at", core.clock.RecordedAtField()),
                (
                    "recorded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "preparation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="attendances",
                        to="dosing.preparatorysession",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("present", models.BooleanField(default=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("preparation", "person"), name="attendance_once_per_preparation")
                ],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="TouchEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "site",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="trials.site"),
                ),
                ("recorded_at", core.clock.RecordedAtField()),
                (
                    "recorded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("public_id", core.identifiers.PublicIdField(prefix="ent")),
                (
                    "session",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)s_entries",
                        to="dosing.dosingsession",
                    ),
                ),
                ("observed_at", models.DateTimeField()),
                ("captured_at", models.DateTimeField(blank=True, null=True)),
                ("submission_id", models.UUIDField(unique=True)),
                (
                    "amends",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="amended_by",
                        to="dosing.touchevent",
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=300, verbose_name="reason for the correction")),
                ("withdrawn", models.BooleanField(default=False, verbose_name="the corrected entry is taken back")),
                (
                    "paper",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="dosing.papersheet"
                    ),
                ),
                ("code", models.CharField(max_length=40, verbose_name="kind of touch, by the protocol")),
                ("words", models.CharField(max_length=120, verbose_name="kind of touch in words")),
                (
                    "offered_from",
                    models.CharField(
                        choices=[
                            ("therapist", "Offered by a therapist"),
                            ("participant", "Asked for by the participant"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "response",
                    models.CharField(
                        choices=[("accepted", "Accepted"), ("declined", "Declined"), ("stopped", "Stopped")],
                        max_length=10,
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
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="RecordingMark",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "site",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="trials.site"),
                ),
                ("recorded_at", core.clock.RecordedAtField()),
                (
                    "recorded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("public_id", core.identifiers.PublicIdField(prefix="ent")),
                (
                    "session",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)s_entries",
                        to="dosing.dosingsession",
                    ),
                ),
                ("observed_at", models.DateTimeField()),
                ("captured_at", models.DateTimeField(blank=True, null=True)),
                ("submission_id", models.UUIDField(unique=True)),
                (
                    "amends",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="amended_by",
                        to="dosing.recordingmark",
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=300, verbose_name="reason for the correction")),
                ("withdrawn", models.BooleanField(default=False, verbose_name="the corrected entry is taken back")),
                (
                    "paper",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="dosing.papersheet"
                    ),
                ),
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
                            models.Q(("kind", "gap"), _negated=True),
                            models.Q(("note", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="recording_gap_is_explained",
                    ),
                ],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="SettingMark",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "site",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="trials.site"),
                ),
                ("recorded_at", core.clock.RecordedAtField()),
                (
                    "recorded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("public_id", core.identifiers.PublicIdField(prefix="ent")),
                (
                    "session",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)s_entries",
                        to="dosing.dosingsession",
                    ),
                ),
                ("observed_at", models.DateTimeField()),
                ("captured_at", models.DateTimeField(blank=True, null=True)),
                ("submission_id", models.UUIDField(unique=True)),
                (
                    "amends",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="amended_by",
                        to="dosing.settingmark",
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=300, verbose_name="reason for the correction")),
                ("withdrawn", models.BooleanField(default=False, verbose_name="the corrected entry is taken back")),
                (
                    "paper",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="dosing.papersheet"
                    ),
                ),
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
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="EffectEnquiry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "site",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="trials.site"),
                ),
                ("recorded_at", core.clock.RecordedAtField()),
                (
                    "recorded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("public_id", core.identifiers.PublicIdField(prefix="ent")),
                (
                    "session",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)s_entries",
                        to="dosing.dosingsession",
                    ),
                ),
                ("observed_at", models.DateTimeField()),
                ("captured_at", models.DateTimeField(blank=True, null=True)),
                ("submission_id", models.UUIDField(unique=True)),
                (
                    "amends",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="amended_by",
                        to="dosing.effectenquiry",
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=300, verbose_name="reason for the correction")),
                ("withdrawn", models.BooleanField(default=False, verbose_name="the corrected entry is taken back")),
                (
                    "paper",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="dosing.papersheet"
                    ),
                ),
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
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="FluidIntake",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "site",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="trials.site"),
                ),
                ("recorded_at", core.clock.RecordedAtField()),
                (
                    "recorded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("public_id", core.identifiers.PublicIdField(prefix="ent")),
                (
                    "session",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)s_entries",
                        to="dosing.dosingsession",
                    ),
                ),
                ("observed_at", models.DateTimeField()),
                ("captured_at", models.DateTimeField(blank=True, null=True)),
                ("submission_id", models.UUIDField(unique=True)),
                (
                    "amends",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="amended_by",
                        to="dosing.fluidintake",
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=300, verbose_name="reason for the correction")),
                ("withdrawn", models.BooleanField(default=False, verbose_name="the corrected entry is taken back")),
                (
                    "paper",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="dosing.papersheet"
                    ),
                ),
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
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="ChecklistAnswer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "site",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="trials.site"),
                ),
                ("recorded_at", core.clock.RecordedAtField()),
                (
                    "recorded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("public_id", core.identifiers.PublicIdField(prefix="ent")),
                (
                    "session",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)s_entries",
                        to="dosing.dosingsession",
                    ),
                ),
                ("observed_at", models.DateTimeField()),
                ("captured_at", models.DateTimeField(blank=True, null=True)),
                ("submission_id", models.UUIDField(unique=True)),
                (
                    "amends",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="amended_by",
                        to="dosing.checklistanswer",
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=300, verbose_name="reason for the correction")),
                ("withdrawn", models.BooleanField(default=False, verbose_name="the corrected entry is taken back")),
                (
                    "paper",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="dosing.papersheet"
                    ),
                ),
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
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="PhysicianCall",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "site",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="trials.site"),
                ),
                ("recorded_at", core.clock.RecordedAtField()),
                (
                    "recorded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("public_id", core.identifiers.PublicIdField(prefix="ent")),
                (
                    "session",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)s_entries",
                        to="dosing.dosingsession",
                    ),
                ),
                ("observed_at", models.DateTimeField()),
                ("captured_at", models.DateTimeField(blank=True, null=True)),
                ("submission_id", models.UUIDField(unique=True)),
                (
                    "amends",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="amended_by",
                        to="dosing.physiciancall",
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=300, verbose_name="reason for the correction")),
                ("withdrawn", models.BooleanField(default=False, verbose_name="the corrected entry is taken back")),
                (
                    "paper",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="dosing.papersheet"
                    ),
                ),
                (
                    "physician",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
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
                        condition=models.Q(
                            ("reached", False), models.Q(("advice", ""), _negated=True), _connector="OR"
                        ),
                        name="call_reached_says_advice",
                    ),
                ],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="HandOver",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "site",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="trials.site"),
                ),
                ("recorded_at", core.clock.RecordedAtField()),
                (
                    "recorded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("public_id", core.identifiers.PublicIdField(prefix="ent")),
                (
                    "session",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)s_entries",
                        to="dosing.dosingsession",
                    ),
                ),
                ("observed_at", models.DateTimeField()),
                ("captured_at", models.DateTimeField(blank=True, null=True)),
                ("submission_id", models.UUIDField(unique=True)),
                (
                    "amends",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="amended_by",
                        to="dosing.handover",
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=300, verbose_name="reason for the correction")),
                ("withdrawn", models.BooleanField(default=False, verbose_name="the corrected entry is taken back")),
                (
                    "paper",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="dosing.papersheet"
                    ),
                ),
                (
                    "attendant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
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
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="OvernightCheck",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "site",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="trials.site"),
                ),
                ("recorded_at", core.clock.RecordedAtField()),
                (
                    "recorded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("public_id", core.identifiers.PublicIdField(prefix="ent")),
                (
                    "session",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)s_entries",
                        to="dosing.dosingsession",
                    ),
                ),
                ("observed_at", models.DateTimeField()),
                ("captured_at", models.DateTimeField(blank=True, null=True)),
                ("submission_id", models.UUIDField(unique=True)),
                (
                    "amends",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="amended_by",
                        to="dosing.overnightcheck",
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=300, verbose_name="reason for the correction")),
                ("withdrawn", models.BooleanField(default=False, verbose_name="the corrected entry is taken back")),
                (
                    "paper",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="dosing.papersheet"
                    ),
                ),
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
                "indexes": [],
            },
        ),
        migrations.AddField(
            model_name="vitalsigns",
            name="paper",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="dosing.papersheet"
            ),
        ),
        migrations.AddField(
            model_name="doserecord",
            name="paper",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="dosing.papersheet"
            ),
        ),
        migrations.AddField(
            model_name="observedeffect",
            name="paper",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="dosing.papersheet"
            ),
        ),
        migrations.AddField(
            model_name="sessionnote",
            name="paper",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="dosing.papersheet"
            ),
        ),
        migrations.AddField(
            model_name="distressrating",
            name="paper",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="dosing.papersheet"
            ),
        ),
        migrations.AddField(
            model_name="medicinegiven",
            name="paper",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="dosing.papersheet"
            ),
        ),
        migrations.AddField(
            model_name="roompresence",
            name="paper",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="dosing.papersheet"
            ),
        ),
        migrations.AddField(
            model_name="dischargecheck",
            name="paper",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="dosing.papersheet"
            ),
        ),
        migrations.AddField(
            model_name="dischargecheck",
            name="second_person",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="dosingsession",
            name="ended_early_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="dosingsession",
            name="early_end_cause",
            field=models.CharField(blank=True, max_length=40, verbose_name="cause, by the protocol"),
        ),
        migrations.AddField(
            model_name="dosingsession",
            name="early_end_reason",
            field=models.CharField(blank=True, max_length=300),
        ),
        migrations.AlterField(
            model_name="dosingsession",
            name="state",
            field=models.CharField(
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
        migrations.AddConstraint(
            model_name="dosingsession",
            constraint=models.CheckConstraint(
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
        ),
    ]
