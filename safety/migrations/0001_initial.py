"""Adverse events and what follows from them: alerts, reporting clocks, reviews of holds, deviations, complaints."""

import django.contrib.postgres.fields
from django.conf import settings
from django.db import migrations, models

import core.clock
import core.identifiers
from core.tables import CreateTables

MODELS = [
    migrations.CreateModel(
        name="ComplaintReader",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("complaint_key", models.CharField(max_length=40)),
            ("person", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ("part", models.CharField(choices=[("teller", "Told it"), ("desk", "Works on it")], max_length=10)),
            ("added_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ("ended_at", models.DateTimeField(null=True)),
            ("recorded_at", core.clock.RecordedAtField()),
        ],
        options={
            "constraints": [models.UniqueConstraint(fields=("complaint_key", "person"), name="reader_once")],
        },
    ),
    migrations.CreateModel(
        name="Complaint",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("site", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.site")),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ("public_id", core.identifiers.PublicIdField(prefix="cmp")),
            (
                "source",
                models.CharField(
                    choices=[
                        ("staff", "Somebody of the staff"),
                        ("participant", "A participant, past the site"),
                        ("reviewer", "A reviewer or monitor"),
                    ],
                    max_length=12,
                ),
            ),
            ("kind", models.CharField(max_length=20, verbose_name="kind by the protocol")),
            ("subject_code", models.CharField(blank=True, max_length=20, verbose_name="participant, as far as known")),
            ("report_id", models.CharField(blank=True, max_length=40, verbose_name="what was said past the site")),
            ("words", models.TextField()),
            ("happened_on", models.CharField(blank=True, max_length=10)),
            ("told_at", models.DateTimeField()),
            ("acknowledge_by_at", models.DateTimeField()),
            (
                "state",
                models.CharField(
                    choices=[
                        ("waiting", "Not read yet"),
                        ("open", "Looked into"),
                        ("founded", "Closed: founded"),
                        ("unfounded", "Closed: not founded"),
                    ],
                    default="waiting",
                    max_length=10,
                ),
            ),
            ("acknowledged_at", models.DateTimeField(null=True)),
            (
                "acknowledged_by",
                models.ForeignKey(null=True, on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
            ),
            ("closed_at", models.DateTimeField(null=True)),
            ("outcome", models.TextField(blank=True, verbose_name="what was found, and what follows")),
            ("submission_id", models.UUIDField(unique=True)),
        ],
        options={
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(("state", "waiting"), ("acknowledged_by__isnull", False), _connector="OR"),
                    name="complaint_read_by_somebody",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        ("state__in", ["waiting", "open"]),
                        models.Q(("closed_at__isnull", False), models.Q(("outcome", ""), _negated=True)),
                        _connector="OR",
                    ),
                    name="closed_complaint_says_what_was_found",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="ComplaintNamed",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("complaint_key", models.CharField(max_length=40)),
            ("person", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ("added_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ("recorded_at", core.clock.RecordedAtField()),
        ],
        options={
            "constraints": [models.UniqueConstraint(fields=("complaint_key", "person"), name="named_once")],
        },
    ),
    migrations.CreateModel(
        name="ComplaintStep",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("complaint_key", models.CharField(max_length=40)),
            (
                "kind",
                models.CharField(
                    choices=[
                        ("acknowledged", "Acknowledged"),
                        ("note", "Looked into"),
                        ("measure", "Measure"),
                        ("suspension", "Duty suspended"),
                        ("ethics", "Told to the ethics board"),
                        ("closed", "Closed"),
                    ],
                    max_length=12,
                ),
            ),
            ("text", models.TextField()),
            (
                "delegation",
                models.ForeignKey(null=True, on_delete=models.PROTECT, related_name="+", to="trials.delegation"),
            ),
            ("taken_at", models.DateTimeField()),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
        ],
        options={
            "indexes": [models.Index(fields=["complaint_key"], name="step_of_complaint")],
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("kind", "suspension"), _negated=True), ("delegation__isnull", False), _connector="OR"
                    ),
                    name="suspension_names_its_duty",
                )
            ],
        },
    ),
    migrations.CreateModel(
        name="AdverseEvent",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("site", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.site")),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ("public_id", core.identifiers.PublicIdField(prefix="aev")),
            (
                "participant",
                models.ForeignKey(on_delete=models.PROTECT, related_name="adverse_events", to="patients.participant"),
            ),
            ("number", models.PositiveSmallIntegerField()),
            (
                "session",
                models.ForeignKey(
                    null=True, on_delete=models.PROTECT, related_name="adverse_events", to="dosing.dosingsession"
                ),
            ),
            ("site_aware_at", models.DateTimeField(verbose_name="the site became aware at")),
            ("awareness", models.CharField(blank=True, max_length=200, verbose_name="how the site became aware")),
            (
                "source_kind",
                models.CharField(
                    blank=True,
                    choices=[
                        ("effect", "Observed in a dosing session"),
                        ("session_note", "Note of a dosing session"),
                        ("visit", "Integration note or call"),
                    ],
                    max_length=12,
                    verbose_name="told in",
                ),
            ),
            ("source_id", models.CharField(blank=True, max_length=40)),
            ("submission_id", models.UUIDField(unique=True)),
        ],
        options={
            "constraints": [
                models.UniqueConstraint(fields=("participant", "number"), name="event_number_once"),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("source_id", ""), ("source_kind", "")),
                        models.Q(
                            models.Q(("source_kind", ""), _negated=True), models.Q(("source_id", ""), _negated=True)
                        ),
                        _connector="OR",
                    ),
                    name="event_source_whole",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="AdverseEventRevision",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("site", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.site")),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ("event", models.ForeignKey(on_delete=models.PROTECT, related_name="revisions", to="safety.adverseevent")),
            ("number", models.PositiveSmallIntegerField()),
            ("term", models.CharField(max_length=200, verbose_name="what was observed, verbatim")),
            (
                "started_on",
                models.CharField(max_length=10, verbose_name="start, as far as known (YYYY, YYYY-MM or YYYY-MM-DD)"),
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
                    choices=[("welcome", "Welcome"), ("neutral", "Neither"), ("unwelcome", "Unwelcome")], max_length=10
                ),
            ),
            (
                "seriousness",
                django.contrib.postgres.fields.ArrayField(
                    base_field=models.CharField(max_length=40), blank=True, default=list, size=None
                ),
            ),
            ("event_group", models.CharField(default="none", max_length=20, verbose_name="group of special interest")),
            ("abuse_related", models.BooleanField(default=False, verbose_name="related to potential for abuse")),
            (
                "proposals",
                django.contrib.postgres.fields.ArrayField(
                    base_field=models.CharField(max_length=20), blank=True, default=list, size=None
                ),
            ),
            (
                "refused_proposals",
                django.contrib.postgres.fields.ArrayField(
                    base_field=models.CharField(max_length=20), blank=True, default=list, size=None
                ),
            ),
            (
                "causality",
                models.CharField(blank=True, max_length=12, verbose_name="relation to the study drug, investigator"),
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
            (
                "reference",
                models.ForeignKey(null=True, on_delete=models.PROTECT, related_name="+", to="trials.referenceversion"),
            ),
            (
                "expectedness_basis",
                models.CharField(blank=True, max_length=800, verbose_name="by what expectedness was judged"),
            ),
            ("action_taken", models.CharField(blank=True, max_length=200)),
            (
                "drug_action",
                models.CharField(
                    blank=True,
                    choices=[
                        ("not_changed", "Dose not changed"),
                        ("withdrawn", "No further dose"),
                        ("reduced", "Dose reduced"),
                        ("increased", "Dose increased"),
                        ("not_applicable", "Not applicable"),
                        ("unknown", "Not known"),
                    ],
                    max_length=20,
                    verbose_name="action with the study drug",
                ),
            ),
            (
                "treated_with",
                django.contrib.postgres.fields.ArrayField(
                    base_field=models.CharField(max_length=40), blank=True, default=list, size=None
                ),
            ),
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
                "aware_at",
                models.DateTimeField(blank=True, null=True, verbose_name="the site became aware at, corrected"),
            ),
            ("nullified", models.BooleanField(default=False)),
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
            ("site", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.site")),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ("public_id", core.identifiers.PublicIdField(prefix="alr")),
            (
                "participant",
                models.ForeignKey(on_delete=models.PROTECT, related_name="alerts", to="patients.participant"),
            ),
            ("key", models.CharField(max_length=120, unique=True)),
            ("rule", models.CharField(max_length=40)),
            ("severity", models.CharField(choices=[("watch", "Watch"), ("act", "Act now")], max_length=10)),
            ("message", models.CharField(max_length=300)),
            ("instruction", models.CharField(blank=True, max_length=300)),
            ("raised_at", models.DateTimeField()),
            ("acknowledge_by_at", models.DateTimeField()),
            ("acknowledged_at", models.DateTimeField(blank=True, null=True)),
            (
                "acknowledged_by",
                models.ForeignKey(null=True, on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
            ),
            ("acknowledgement", models.CharField(blank=True, max_length=300, verbose_name="what was done")),
            ("escalated_at", models.DateTimeField(blank=True, null=True)),
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
        name="HoldReview",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("public_id", core.identifiers.PublicIdField(prefix="hrv")),
            ("site", models.ForeignKey(null=True, on_delete=models.PROTECT, related_name="+", to="trials.site")),
            (
                "hold",
                models.ForeignKey(null=True, on_delete=models.PROTECT, related_name="reviews", to="dosing.dosinghold"),
            ),
            (
                "trial_hold",
                models.ForeignKey(null=True, on_delete=models.PROTECT, related_name="reviews", to="dosing.trialhold"),
            ),
            ("findings", models.TextField(verbose_name="what was found")),
            (
                "decision",
                models.CharField(choices=[("uphold", "The hold goes on"), ("release", "The hold ends")], max_length=10),
            ),
            ("duty", models.CharField(blank=True, max_length=40, verbose_name="duty in which it was decided")),
            ("reference", models.CharField(blank=True, max_length=200, verbose_name="paper on which it rests")),
            ("reviewed_at", models.DateTimeField()),
            ("submission_id", models.UUIDField(unique=True)),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
        ],
        options={
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("hold__isnull", False), ("site__isnull", False), ("trial_hold__isnull", True)),
                        models.Q(("hold__isnull", True), ("site__isnull", True), ("trial_hold__isnull", False)),
                        _connector="OR",
                    ),
                    name="review_is_of_one_hold",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("decision", "release"), _negated=True),
                        models.Q(("duty", ""), _negated=True),
                        _connector="OR",
                    ),
                    name="review_that_ends_names_duty",
                ),
                models.CheckConstraint(
                    condition=models.Q(("findings", ""), _negated=True), name="review_says_what_was_found"
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="SweptText",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("site", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.site")),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ("kind", models.CharField(max_length=12)),
            ("text_id", models.CharField(max_length=40, verbose_name="public id of the entry")),
            ("version", models.PositiveIntegerField(default=1)),
            ("mentions", models.PositiveSmallIntegerField()),
        ],
        options={
            "constraints": [
                models.UniqueConstraint(fields=("kind", "text_id", "version"), name="text_swept_once_per_version")
            ],
        },
    ),
    migrations.CreateModel(
        name="Mention",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("site", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.site")),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ("public_id", core.identifiers.PublicIdField(prefix="mtn")),
            (
                "participant",
                models.ForeignKey(on_delete=models.PROTECT, related_name="mentions", to="patients.participant"),
            ),
            (
                "kind",
                models.CharField(
                    choices=[
                        ("session_note", "Note of a dosing session"),
                        ("note", "Integration note"),
                        ("contact", "Call"),
                        ("answer", "Answer to a questionnaire"),
                    ],
                    max_length=12,
                    verbose_name="told in",
                ),
            ),
            ("text_id", models.CharField(max_length=40, verbose_name="public id of the entry")),
            ("key", models.CharField(max_length=120, unique=True)),
            ("sentence", models.TextField()),
            (
                "words",
                django.contrib.postgres.fields.ArrayField(
                    base_field=models.CharField(max_length=60), default=list, size=None
                ),
            ),
            (
                "rules",
                django.contrib.postgres.fields.ArrayField(
                    base_field=models.CharField(max_length=20), default=list, size=None
                ),
            ),
            ("told_at", models.DateTimeField()),
            (
                "state",
                models.CharField(
                    choices=[("waiting", "To decide"), ("event", "Reported"), ("none", "No event")],
                    default="waiting",
                    max_length=10,
                ),
            ),
            (
                "event",
                models.ForeignKey(
                    null=True, on_delete=models.PROTECT, related_name="mentions", to="safety.adverseevent"
                ),
            ),
            ("decided_at", models.DateTimeField(blank=True, null=True)),
            (
                "decided_by",
                models.ForeignKey(null=True, on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
            ),
            ("decision_reason", models.CharField(blank=True, max_length=300)),
        ],
        options={
            "indexes": [
                models.Index(
                    condition=models.Q(("state", "waiting")), fields=["site", "told_at"], name="mention_waiting"
                )
            ],
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("decided_by__isnull", True), ("event__isnull", True), ("state", "waiting")),
                        models.Q(("decided_by__isnull", False), ("event__isnull", False), ("state", "event")),
                        models.Q(
                            ("decided_by__isnull", False),
                            ("event__isnull", True),
                            ("state", "none"),
                            models.Q(("decision_reason", ""), _negated=True),
                        ),
                        _connector="OR",
                    ),
                    name="mention_decided_by_whom_and_why",
                )
            ],
        },
    ),
    migrations.CreateModel(
        name="ReportingClock",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("site", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.site")),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ("public_id", core.identifiers.PublicIdField(prefix="clk")),
            ("event", models.ForeignKey(on_delete=models.PROTECT, related_name="clocks", to="safety.adverseevent")),
            ("rule", models.CharField(max_length=40)),
            ("starts_at", models.DateTimeField()),
            ("due_at", models.DateTimeField()),
            ("basis", models.CharField(max_length=200)),
            ("zone", models.CharField(max_length=60)),
            ("met_at", models.DateTimeField(blank=True, null=True)),
            (
                "met_by",
                models.ForeignKey(null=True, on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
            ),
            ("note", models.CharField(blank=True, max_length=300, verbose_name="what was sent, or why late")),
            ("superseded_at", models.DateTimeField(blank=True, null=True)),
            ("superseded_reason", models.CharField(blank=True, max_length=300)),
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
    migrations.CreateModel(
        name="ClockStep",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("site", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.site")),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ("public_id", core.identifiers.PublicIdField(prefix="stp")),
            ("clock", models.ForeignKey(on_delete=models.PROTECT, related_name="steps", to="safety.reportingclock")),
            ("code", models.CharField(max_length=10)),
            ("due_at", models.DateTimeField()),
            ("taken_at", models.DateTimeField(blank=True, null=True)),
            ("told", models.PositiveSmallIntegerField(default=0, verbose_name="people told")),
            ("late", models.BooleanField(default=False, verbose_name="taken later than it may be")),
            ("calls", models.BooleanField(default=False, verbose_name="people are to be telephoned")),
            ("mail_failed", models.BooleanField(default=False, verbose_name="mail of an earlier step did not leave")),
            ("left_out", models.CharField(blank=True, max_length=100, verbose_name="why nobody was told")),
            ("acknowledged_at", models.DateTimeField(blank=True, null=True)),
            (
                "acknowledged_by",
                models.ForeignKey(null=True, on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
            ),
            ("note", models.CharField(blank=True, max_length=300, verbose_name="what happens now")),
        ],
        options={
            "indexes": [
                models.Index(condition=models.Q(("taken_at__isnull", True)), fields=["due_at"], name="step_waiting")
            ],
            "constraints": [
                models.UniqueConstraint(fields=("clock", "code"), name="step_once_per_clock"),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("acknowledged_at__isnull", True), ("acknowledged_by__isnull", True)),
                        models.Q(
                            ("acknowledged_at__isnull", False),
                            ("acknowledged_by__isnull", False),
                            models.Q(("note", ""), _negated=True),
                        ),
                        _connector="OR",
                    ),
                    name="step_acknowledged_by_whom",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="Deviation",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("site", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.site")),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ("public_id", core.identifiers.PublicIdField(prefix="dev")),
            (
                "participant",
                models.ForeignKey(on_delete=models.PROTECT, related_name="deviations", to="patients.participant"),
            ),
            (
                "visit",
                models.ForeignKey(null=True, on_delete=models.PROTECT, related_name="deviations", to="patients.visit"),
            ),
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
                    choices=[("candidate", "To be decided"), ("accepted", "Deviation"), ("refused", "Not a deviation")],
                    default="candidate",
                    max_length=10,
                ),
            ),
            (
                "importance",
                models.CharField(blank=True, choices=[("minor", "Minor"), ("important", "Important")], max_length=10),
            ),
            ("occurred_at", models.DateTimeField()),
            ("decided_at", models.DateTimeField(blank=True, null=True)),
            (
                "decided_by",
                models.ForeignKey(null=True, on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
            ),
            ("decision_reason", models.CharField(blank=True, max_length=300)),
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
        name="EventLine",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("site", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.site")),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ("event", models.OneToOneField(on_delete=models.PROTECT, related_name="line", to="safety.adverseevent")),
            ("participant", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="patients.participant")),
            ("participant_code", models.CharField(max_length=20, verbose_name="screening number")),
            ("aware_at", models.DateTimeField(verbose_name="the site became aware at")),
            ("revision", models.PositiveSmallIntegerField(verbose_name="number of the latest revision")),
            ("term", models.CharField(max_length=200)),
            ("started_on", models.CharField(max_length=10)),
            ("ended_on", models.CharField(blank=True, max_length=10)),
            ("ongoing", models.BooleanField()),
            (
                "severity",
                models.CharField(
                    choices=[("mild", "Mild"), ("moderate", "Moderate"), ("severe", "Severe")], max_length=10
                ),
            ),
            ("serious", models.BooleanField()),
            ("causality", models.CharField(blank=True, max_length=12)),
            ("sponsor_causality", models.CharField(blank=True, max_length=12)),
            ("expectedness", models.CharField(blank=True, max_length=12)),
            ("event_group", models.CharField(max_length=20)),
            ("abuse_related", models.BooleanField()),
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
                    max_length=20,
                ),
            ),
            ("nullified", models.BooleanField()),
        ],
        options={
            "indexes": [
                models.Index(fields=["aware_at", "event"], name="line_by_awareness"),
                models.Index(fields=["started_on", "event"], name="line_by_start"),
                models.Index(fields=["term", "event"], name="line_by_term"),
                models.Index(fields=["participant_code", "event"], name="line_by_participant"),
                models.Index(condition=models.Q(("serious", True)), fields=["aware_at", "event"], name="line_serious"),
                models.Index(
                    condition=models.Q(("event_group", "none"), _negated=True),
                    fields=["aware_at", "event"],
                    name="line_of_interest",
                ),
                models.Index(
                    condition=models.Q(("causality", "")), fields=["aware_at", "event"], name="line_unassessed"
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="SavedListing",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("public_id", core.identifiers.PublicIdField(prefix="lst")),
            ("person", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ("name", models.CharField(max_length=60)),
            ("query", models.CharField(max_length=600, verbose_name="filters as they stand in an address")),
            ("recorded_at", core.clock.RecordedAtField()),
            ("removed_at", models.DateTimeField(null=True)),
        ],
        options={
            "constraints": [
                models.UniqueConstraint(
                    condition=models.Q(("removed_at__isnull", True)),
                    fields=("person", "name"),
                    name="listing_name_once",
                )
            ],
        },
    ),
    migrations.CreateModel(
        name="FindingDecision",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("site", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.site")),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ("participant", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="patients.participant")),
            ("kind", models.CharField(max_length=30)),
            ("key", models.CharField(max_length=120)),
            ("told", models.CharField(max_length=300, verbose_name="what did not agree, as it was shown")),
            (
                "decision",
                models.CharField(
                    choices=[("explained", "Explained: it stays as it is"), ("correct", "To be corrected at the site")],
                    max_length=10,
                ),
            ),
            ("reason", models.CharField(max_length=300)),
            ("decided_at", models.DateTimeField()),
        ],
        options={
            "constraints": [
                models.UniqueConstraint(fields=("key", "decision"), name="finding_decided_once"),
                models.CheckConstraint(
                    condition=models.Q(("reason", ""), _negated=True), name="finding_decision_says_why"
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="DeviationAnalysis",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("site", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.site")),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ("deviation", models.ForeignKey(on_delete=models.PROTECT, related_name="analyses", to="safety.deviation")),
            ("number", models.PositiveSmallIntegerField()),
            ("category", models.CharField(max_length=20, verbose_name="category of the protocol")),
            ("root_cause", models.CharField(max_length=20)),
            ("explanation", models.TextField(verbose_name="how it came about")),
            ("analysed_at", models.DateTimeField()),
        ],
        options={
            "constraints": [
                models.UniqueConstraint(fields=("deviation", "number"), name="analysis_number_once"),
                models.CheckConstraint(
                    condition=models.Q(("explanation", ""), _negated=True), name="analysis_explains"
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="QualityAction",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("site", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.site")),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ("public_id", core.identifiers.PublicIdField(prefix="act")),
            (
                "deviation",
                models.ForeignKey(on_delete=models.PROTECT, related_name="quality_actions", to="safety.deviation"),
            ),
            (
                "kind",
                models.CharField(
                    choices=[
                        ("corrective", "Corrective: puts this one right"),
                        ("preventive", "Preventive: keeps it from happening again"),
                    ],
                    max_length=10,
                ),
            ),
            ("text", models.CharField(max_length=300, verbose_name="what is done")),
            ("owner", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ("due_on", models.DateField()),
            ("check_on", models.DateField(verbose_name="effect is checked on")),
            ("planned_at", models.DateTimeField()),
            (
                "state",
                models.CharField(
                    choices=[
                        ("open", "Open"),
                        ("done", "Done, effect to be checked"),
                        ("effective", "Effective"),
                        ("ineffective", "Not effective"),
                    ],
                    default="open",
                    max_length=12,
                ),
            ),
            ("done_at", models.DateTimeField(null=True)),
            (
                "done_by",
                models.ForeignKey(null=True, on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
            ),
            ("done_note", models.CharField(blank=True, max_length=300, verbose_name="what was done")),
            ("checked_at", models.DateTimeField(null=True)),
            (
                "checked_by",
                models.ForeignKey(null=True, on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
            ),
            ("check_note", models.CharField(blank=True, max_length=300, verbose_name="what the check found")),
            ("submission_id", models.UUIDField(unique=True)),
        ],
        options={
            "indexes": [
                models.Index(condition=models.Q(("state", "open")), fields=["owner", "due_on"], name="action_open")
            ],
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(
                        ("state", "open"),
                        models.Q(("done_by__isnull", False), models.Q(("done_note", ""), _negated=True)),
                        _connector="OR",
                    ),
                    name="action_done_by_whom",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        ("state__in", ["open", "done"]),
                        models.Q(
                            ("checked_by__isnull", False),
                            models.Q(("check_note", ""), _negated=True),
                            models.Q(("checked_by", models.F("done_by")), _negated=True),
                        ),
                        _connector="OR",
                    ),
                    name="action_checked_by_another",
                ),
                models.CheckConstraint(
                    condition=models.Q(("check_on__gte", models.F("due_on"))), name="action_checked_after_due"
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="EthicsReport",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("site", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.site")),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            (
                "deviation",
                models.OneToOneField(on_delete=models.PROTECT, related_name="ethics_report", to="safety.deviation"),
            ),
            ("region", models.CharField(max_length=10)),
            ("starts_at", models.DateTimeField()),
            ("due_at", models.DateTimeField()),
            ("reported_at", models.DateTimeField(null=True)),
            (
                "reported_by",
                models.ForeignKey(null=True, on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
            ),
            ("reference", models.CharField(blank=True, max_length=200, verbose_name="what was sent")),
            ("late_reason", models.CharField(blank=True, max_length=300)),
        ],
        options={
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(
                        ("reported_at__isnull", True),
                        models.Q(("reported_by__isnull", False), models.Q(("reference", ""), _negated=True)),
                        _connector="OR",
                    ),
                    name="ethics_report_says_what_was_sent",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        ("reported_at__isnull", True),
                        ("reported_at__lte", models.F("due_at")),
                        models.Q(("late_reason", ""), _negated=True),
                        _connector="OR",
                    ),
                    name="late_ethics_report_says_why",
                ),
            ],
        },
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
