"""Integration notes, risk screens, contacts after treatment, enquiries about late harm, reviews of recordings."""

import django.contrib.postgres.fields
from django.conf import settings
from django.db import migrations, models

import core.clock
import core.identifiers
from core.tables import CreateTables

MODELS = [
    migrations.CreateModel(
        name="IntegrationNote",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("site", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.site")),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ("public_id", core.identifiers.PublicIdField(prefix="itn")),
            (
                "participant",
                models.ForeignKey(
                    on_delete=models.PROTECT, related_name="integration_notes", to="patients.participant"
                ),
            ),
            (
                "visit",
                models.OneToOneField(on_delete=models.PROTECT, related_name="integration_note", to="patients.visit"),
            ),
            ("held_at", models.DateTimeField()),
            ("minutes", models.PositiveSmallIntegerField(null=True)),
            (
                "place",
                models.CharField(
                    choices=[("site", "At the site"), ("video", "By video")], default="site", max_length=10
                ),
            ),
            (
                "attendance",
                models.CharField(
                    choices=[("whole", "The whole session"), ("late", "Came late"), ("left", "Left early")],
                    default="whole",
                    max_length=10,
                    verbose_name="how long the participant was there",
                ),
            ),
            ("group_size", models.PositiveSmallIntegerField(null=True, verbose_name="participants, if it was a group")),
            ("companions", models.JSONField(default=list, verbose_name="who came along, by the protocol's code")),
            ("sleep", models.CharField(blank=True, max_length=200)),
            (
                "substances",
                models.CharField(blank=True, max_length=200, verbose_name="substance use since the last visit"),
            ),
            (
                "medicines",
                models.CharField(blank=True, max_length=200, verbose_name="medicines begun, changed or stopped"),
            ),
            (
                "change_kind",
                models.CharField(
                    blank=True,
                    choices=[("none", "None"), ("welcome", "Welcome"), ("unwelcome", "Unwelcome"), ("both", "Both")],
                    max_length=10,
                    verbose_name="whether a change was mentioned",
                ),
            ),
            (
                "changes_in_feeling",
                models.TextField(blank=True, verbose_name="any change in how they feel or function, welcome or not"),
            ),
            (
                "elements",
                models.JSONField(default=list, verbose_name="elements of therapy used, by the protocol's code"),
            ),
            ("themes", models.JSONField(default=list, verbose_name="themes: name and new, returning or eased")),
            ("body", models.TextField(blank=True)),
            ("relationships", models.TextField(blank=True)),
            ("meaning", models.TextField(blank=True)),
            (
                "practice_outcomes",
                models.JSONField(default=list, verbose_name="what became of the practices agreed before"),
            ),
            ("practices", models.TextField(blank=True, verbose_name="practices agreed, one on each line")),
            ("free_text", models.TextField(blank=True, verbose_name="psychotherapy note")),
            ("version", models.PositiveIntegerField(default=1, verbose_name="version for optimistic editing")),
        ],
        options={
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(("group_size__isnull", True), ("group_size__gte", 2), _connector="OR"),
                    name="note_group_is_several",
                )
            ],
        },
    ),
    migrations.CreateModel(
        name="NoteAttendance",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("site", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.site")),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            (
                "note",
                models.ForeignKey(
                    on_delete=models.PROTECT, related_name="attendances", to="integration.integrationnote"
                ),
            ),
            ("person", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ("present", models.BooleanField(default=True)),
        ],
        options={
            "constraints": [models.UniqueConstraint(fields=("note", "person"), name="attendance_once_per_note")],
        },
    ),
    migrations.CreateModel(
        name="RiskScreen",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("site", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.site")),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ("public_id", core.identifiers.PublicIdField(prefix="rsk")),
            (
                "participant",
                models.ForeignKey(on_delete=models.PROTECT, related_name="risk_screens", to="patients.participant"),
            ),
            (
                "visit",
                models.ForeignKey(
                    null=True, on_delete=models.PROTECT, related_name="risk_screens", to="patients.visit"
                ),
            ),
            ("observed_at", models.DateTimeField()),
            ("answers", models.JSONField(verbose_name="answers by item code")),
            ("ideation_level", models.PositiveSmallIntegerField(verbose_name="highest level of ideation")),
            ("behaviour_count", models.PositiveSmallIntegerField(verbose_name="categories of behaviour")),
            ("self_injury", models.BooleanField(verbose_name="self-injury without suicidal intent")),
            ("judged_unsafe", models.BooleanField(verbose_name="unsafe in the clinician's judgement")),
            (
                "replaces",
                models.OneToOneField(
                    null=True, on_delete=models.PROTECT, related_name="replaced_by", to="integration.riskscreen"
                ),
            ),
            ("reason", models.CharField(blank=True, max_length=300, verbose_name="reason for the correction")),
            ("submission_id", models.UUIDField(unique=True)),
        ],
        options={
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(
                        ("replaces__isnull", True), models.Q(("reason", ""), _negated=True), _connector="OR"
                    ),
                    name="risk_screen_correction_has_reason",
                )
            ],
        },
    ),
    migrations.CreateModel(
        name="FollowUpContact",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("site", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.site")),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ("public_id", core.identifiers.PublicIdField(prefix="fuc")),
            (
                "participant",
                models.ForeignKey(
                    on_delete=models.PROTECT, related_name="follow_up_contacts", to="patients.participant"
                ),
            ),
            (
                "visit",
                models.ForeignKey(
                    null=True, on_delete=models.PROTECT, related_name="contact_attempts", to="patients.visit"
                ),
            ),
            (
                "occasion",
                models.CharField(
                    choices=[
                        ("contact_day", "Contact day"),
                        ("unscheduled", "Unscheduled"),
                        ("visit", "About a visit that is due"),
                    ],
                    default="contact_day",
                    max_length=12,
                ),
            ),
            (
                "channel",
                models.CharField(
                    choices=[
                        ("phone", "By phone"),
                        ("video", "By video"),
                        ("message", "By message"),
                        ("site", "At the site"),
                        ("letter", "By letter"),
                        ("relative", "Over a relative or friend"),
                        ("registry", "Over a register"),
                    ],
                    default="phone",
                    max_length=10,
                ),
            ),
            ("step", models.CharField(blank=True, max_length=30, verbose_name="step of tracing")),
            (
                "initiated_by",
                models.CharField(
                    choices=[
                        ("site", "The site"),
                        ("participant", "The participant"),
                        ("relative", "A relative or friend"),
                    ],
                    default="site",
                    max_length=12,
                    verbose_name="who made the contact",
                ),
            ),
            ("attempted_at", models.DateTimeField()),
            ("reached", models.BooleanField()),
            ("wellbeing", models.TextField(blank=True)),
            (
                "wellbeing_score",
                models.PositiveSmallIntegerField(null=True, verbose_name="how they are, on the protocol's scale"),
            ),
            (
                "changes_in_feeling",
                models.TextField(blank=True, verbose_name="any change in how they feel or function, welcome or not"),
            ),
            (
                "medicines",
                models.CharField(blank=True, max_length=200, verbose_name="medicines begun, changed or stopped"),
            ),
            (
                "ideation_level",
                models.PositiveSmallIntegerField(null=True, verbose_name="C-SSRS ideation, highest level"),
            ),
            (
                "behaviour_count",
                models.PositiveSmallIntegerField(null=True, verbose_name="C-SSRS behaviour categories"),
            ),
            ("not_reached_reason", models.CharField(blank=True, max_length=200)),
            ("agreed", models.CharField(blank=True, max_length=300, verbose_name="what was agreed")),
            ("submission_id", models.UUIDField(unique=True)),
        ],
        options={
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(
                        ("reached", False),
                        models.Q(("ideation_level__isnull", False), ("behaviour_count__isnull", False)),
                        models.Q(("occasion", "visit"), models.Q(("agreed", ""), _negated=True)),
                        _connector="OR",
                    ),
                    name="contact_reached_has_answers",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("occasion__in", ["contact_day", "visit"]), ("visit__isnull", False)),
                        models.Q(("occasion", "unscheduled"), ("reached", True)),
                        _connector="OR",
                    ),
                    name="contact_has_visit_or_is_unscheduled",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        ("reached", True), models.Q(("not_reached_reason", ""), _negated=True), _connector="OR"
                    ),
                    name="contact_not_reached_has_reason",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="IntercurrentEvent",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("site", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.site")),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ("public_id", core.identifiers.PublicIdField(prefix="ice")),
            (
                "participant",
                models.ForeignKey(
                    on_delete=models.PROTECT, related_name="intercurrent_events", to="patients.participant"
                ),
            ),
            ("kind", models.CharField(max_length=30, verbose_name="kind, by the protocol's code")),
            ("what", models.CharField(max_length=200, verbose_name="what it was")),
            ("began_on", models.CharField(max_length=10, verbose_name="since when, as far as it is known")),
            ("ended_on", models.CharField(blank=True, max_length=10, verbose_name="until when, as far as it is known")),
            (
                "source",
                models.CharField(
                    choices=[
                        ("participant", "Told by the participant"),
                        ("relative", "Told by a relative or friend"),
                        ("record", "From a record"),
                    ],
                    default="participant",
                    max_length=12,
                    verbose_name="known from",
                ),
            ),
            (
                "replaces",
                models.OneToOneField(
                    null=True, on_delete=models.PROTECT, related_name="replaced_by", to="integration.intercurrentevent"
                ),
            ),
            ("withdrawn", models.BooleanField(default=False, verbose_name="takes the row before it back")),
            ("reason", models.CharField(blank=True, max_length=300, verbose_name="reason for the correction")),
            ("submission_id", models.UUIDField(unique=True)),
        ],
        options={
            "indexes": [models.Index(fields=["participant", "kind"], name="intercurrent_by_kind")],
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("replaces__isnull", True), ("withdrawn", False)),
                        models.Q(("reason", ""), _negated=True),
                        _connector="OR",
                    ),
                    name="intercurrent_correction_has_reason",
                )
            ],
        },
    ),
    migrations.CreateModel(
        name="HarmEnquiry",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("site", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.site")),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ("public_id", core.identifiers.PublicIdField(prefix="hen")),
            (
                "participant",
                models.ForeignKey(on_delete=models.PROTECT, related_name="harm_enquiries", to="patients.participant"),
            ),
            ("visit", models.ForeignKey(on_delete=models.PROTECT, related_name="harm_enquiries", to="patients.visit")),
            ("code", models.CharField(max_length=20, verbose_name="the protocol's code of the time")),
            ("name", models.CharField(max_length=120)),
            ("opens_at", models.DateTimeField()),
            ("due_at", models.DateTimeField()),
            ("closes_at", models.DateTimeField()),
            (
                "state",
                models.CharField(
                    choices=[
                        ("planned", "Planned"),
                        ("done", "Done"),
                        ("missed", "Missed"),
                        ("cancelled", "Cancelled"),
                    ],
                    default="planned",
                    max_length=10,
                ),
            ),
            ("asked_at", models.DateTimeField(null=True)),
            (
                "asked_by",
                models.ForeignKey(null=True, on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
            ),
            ("answers", models.JSONField(default=dict, verbose_name="yes or no by the protocol's code")),
            ("told", models.TextField(blank=True, verbose_name="what was told")),
            ("judged_unsafe", models.BooleanField(default=False, verbose_name="unsafe in the judgement of who asked")),
            ("reason", models.CharField(blank=True, max_length=300, verbose_name="why it was not made")),
        ],
        options={
            "indexes": [
                models.Index(
                    condition=models.Q(("state", "planned")), fields=["site", "opens_at"], name="enquiry_planned"
                )
            ],
            "constraints": [
                models.UniqueConstraint(fields=("visit", "code"), name="enquiry_once_per_dose"),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("state", "done"), _negated=True),
                        models.Q(("asked_at__isnull", False), ("asked_by__isnull", False)),
                        _connector="OR",
                    ),
                    name="enquiry_done_says_who_and_when",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("state__in", ["missed", "cancelled"]), _negated=True),
                        models.Q(("reason", ""), _negated=True),
                        _connector="OR",
                    ),
                    name="enquiry_not_made_says_why",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="AdherenceReview",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("site", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.site")),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ("public_id", core.identifiers.PublicIdField(prefix="rvw")),
            ("session", models.ForeignKey(on_delete=models.PROTECT, related_name="reviews", to="dosing.dosingsession")),
            (
                "protocol_version",
                models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.protocolversion"),
            ),
            (
                "pair",
                django.contrib.postgres.fields.ArrayField(
                    base_field=models.BigIntegerField(), size=None, verbose_name="the therapists of the session"
                ),
            ),
            ("why", models.CharField(max_length=40, verbose_name="why it was drawn")),
            ("code", models.CharField(max_length=12, verbose_name="code shown to the reviewer")),
            ("recording", models.JSONField(default=list, verbose_name="index of the recording")),
            (
                "reviewer",
                models.ForeignKey(
                    null=True, on_delete=models.PROTECT, related_name="reviews", to=settings.AUTH_USER_MODEL
                ),
            ),
            (
                "state",
                models.CharField(choices=[("ready", "Ready"), ("locked", "Locked")], default="ready", max_length=10),
            ),
            ("answers", models.JSONField(default=dict, verbose_name="ratings by the protocol's code")),
            ("breaches", models.JSONField(default=list, verbose_name="breaches seen, by the protocol's code")),
            ("seen_at_codes", models.CharField(blank=True, max_length=200, verbose_name="time codes of what was seen")),
            ("note", models.TextField(blank=True)),
            ("locked_at", models.DateTimeField(null=True)),
        ],
        options={
            "constraints": [
                models.UniqueConstraint(fields=("session", "reviewer"), name="review_once_per_reviewer"),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("state", "locked"), _negated=True),
                        models.Q(("locked_at__isnull", False), ("reviewer__isnull", False)),
                        _connector="OR",
                    ),
                    name="review_locked_says_when_and_who",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="BoundaryReview",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("site", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.site")),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            (
                "session",
                models.OneToOneField(
                    on_delete=models.PROTECT, related_name="boundary_review", to="dosing.dosingsession"
                ),
            ),
            ("findings", models.TextField()),
            ("concern", models.BooleanField(verbose_name="the dosing privilege of the pair rests")),
            ("reviewed_at", models.DateTimeField()),
        ],
    ),
]


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("core", "0001_initial"),
        ("dosing", "0001_initial"),
        ("patients", "0001_initial"),
        ("trials", "0001_initial"),
    ]

    operations = [
        CreateTables(MODELS),
    ]
