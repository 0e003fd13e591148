"""Ratings and the trial's own forms, guesses at the arm, slips of blinding."""

from django.conf import settings
from django.db import migrations, models

import core.clock
import core.identifiers
from core.tables import CreateTables

MODELS = [
    migrations.CreateModel(
        name="ArmGuess",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("site", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.site")),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ("public_id", core.identifiers.PublicIdField(prefix="gss")),
            (
                "participant",
                models.ForeignKey(on_delete=models.PROTECT, related_name="arm_guesses", to="patients.participant"),
            ),
            ("visit", models.ForeignKey(on_delete=models.PROTECT, related_name="arm_guesses", to="patients.visit")),
            ("procedure", models.CharField(max_length=20)),
            ("guess", models.CharField(max_length=20)),
            ("certainty", models.CharField(max_length=20)),
            ("basis", models.CharField(max_length=500, verbose_name="what the guess rests on")),
            (
                "source",
                models.CharField(
                    choices=[
                        ("own", "Typed by who guesses"),
                        ("tablet", "Typed by the participant on a tablet that was handed over"),
                        ("on_behalf", "Entered by the study team for the participant"),
                    ],
                    default="own",
                    max_length=10,
                ),
            ),
            ("source_note", models.CharField(blank=True, max_length=200, verbose_name="how it came to the study team")),
            ("guessed_at", models.DateTimeField()),
            ("submission_id", models.UUIDField(unique=True)),
        ],
        options={
            "constraints": [
                models.UniqueConstraint(
                    fields=("visit", "procedure", "recorded_by"), name="one_guess_per_person_and_visit"
                ),
                models.UniqueConstraint(
                    condition=models.Q(("source", "own"), _negated=True),
                    fields=("visit", "procedure"),
                    name="one_guess_of_the_participant_per_visit",
                ),
                models.CheckConstraint(condition=models.Q(("basis", ""), _negated=True), name="guess_says_why"),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("source", "on_behalf"), _negated=True),
                        models.Q(("source_note", ""), _negated=True),
                        _connector="OR",
                    ),
                    name="guess_on_behalf_says_how",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="FormVersion",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("public_id", core.identifiers.PublicIdField(prefix="ofv")),
            (
                "protocol_version",
                models.ForeignKey(on_delete=models.PROTECT, related_name="form_versions", to="trials.protocolversion"),
            ),
            ("code", models.CharField(max_length=20)),
            (
                "number",
                models.PositiveSmallIntegerField(verbose_name="counted from 2; the protocol's own is the first"),
            ),
            ("content", models.JSONField(verbose_name="items and checks")),
            ("reason", models.CharField(max_length=300, verbose_name="why it was changed")),
            ("published_at", models.DateTimeField()),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
        ],
        options={
            "constraints": [
                models.UniqueConstraint(fields=("protocol_version", "code", "number"), name="form_version_once"),
                models.CheckConstraint(
                    condition=models.Q(("reason", ""), _negated=True), name="form_version_has_reason"
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="Assessment",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("site", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.site")),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ("public_id", core.identifiers.PublicIdField(prefix="asm")),
            (
                "participant",
                models.ForeignKey(on_delete=models.PROTECT, related_name="assessments", to="patients.participant"),
            ),
            ("visit", models.ForeignKey(on_delete=models.PROTECT, related_name="assessments", to="patients.visit")),
            ("instrument", models.CharField(max_length=20)),
            ("respondent", models.CharField(max_length=30)),
            (
                "rater",
                models.ForeignKey(
                    null=True, on_delete=models.PROTECT, related_name="ratings", to=settings.AUTH_USER_MODEL
                ),
            ),
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
            (
                "protocol_version",
                models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.protocolversion"),
            ),
            (
                "form_version",
                models.ForeignKey(
                    null=True, on_delete=models.PROTECT, related_name="assessments", to="assessments.formversion"
                ),
            ),
            ("started_at", models.DateTimeField(blank=True, null=True)),
            ("locked_at", models.DateTimeField(blank=True, null=True)),
            (
                "missing_reason",
                models.CharField(blank=True, max_length=300, verbose_name="why items are without an answer"),
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
        name="ItemValue",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("site", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.site")),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ("item", models.PositiveSmallIntegerField()),
            ("value", models.IntegerField(null=True)),
            ("not_applicable", models.BooleanField(default=False)),
            (
                "text",
                models.CharField(blank=True, max_length=300, verbose_name="what is no whole number, as it was entered"),
            ),
            ("not_done_reason", models.CharField(blank=True, max_length=200, verbose_name="why it was not done")),
            (
                "assessment",
                models.ForeignKey(on_delete=models.PROTECT, related_name="items", to="assessments.assessment"),
            ),
            (
                "source",
                models.CharField(
                    choices=[
                        ("interview", "Interview by an independent rater"),
                        ("recording", "Rated again from the recording"),
                        ("site", "Entered by the site"),
                        ("participant", "Answered by the participant"),
                    ],
                    default="site",
                    max_length=12,
                    verbose_name="where the answer comes from",
                ),
            ),
            ("version", models.PositiveSmallIntegerField(default=1, verbose_name="how often it was entered")),
            ("entered_at", models.DateTimeField(null=True, verbose_name="when the answer was entered")),
        ],
        options={
            "constraints": [
                models.UniqueConstraint(fields=("assessment", "item"), name="item_once_per_assessment"),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("not_applicable", False), ("text", ""), ("value__isnull", True)),
                        models.Q(("not_applicable", False), ("not_done_reason", ""), ("text", "")),
                        models.Q(("not_done_reason", ""), ("text", ""), ("value__isnull", True)),
                        models.Q(("not_applicable", False), ("not_done_reason", ""), ("value__isnull", True)),
                        _connector="OR",
                    ),
                    name="item_value_or_not_applicable",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="ItemCorrection",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("site", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.site")),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ("item", models.PositiveSmallIntegerField()),
            ("value", models.IntegerField(null=True)),
            ("not_applicable", models.BooleanField(default=False)),
            (
                "text",
                models.CharField(blank=True, max_length=300, verbose_name="what is no whole number, as it was entered"),
            ),
            ("not_done_reason", models.CharField(blank=True, max_length=200, verbose_name="why it was not done")),
            (
                "assessment",
                models.ForeignKey(on_delete=models.PROTECT, related_name="corrections", to="assessments.assessment"),
            ),
            (
                "version",
                models.PositiveSmallIntegerField(verbose_name="how often the item was answered, this time included"),
            ),
            ("replaced", models.CharField(max_length=300, verbose_name="what stood before")),
            ("reason", models.CharField(max_length=300, verbose_name="why")),
            ("corrected_at", models.DateTimeField()),
        ],
        options={
            "constraints": [
                models.UniqueConstraint(
                    fields=("assessment", "item", "version"), name="item_correction_once_per_version"
                ),
                models.CheckConstraint(
                    condition=models.Q(("reason", ""), _negated=True), name="item_correction_says_why"
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("not_applicable", False), ("text", ""), ("value__isnull", True)),
                        models.Q(("not_applicable", False), ("not_done_reason", ""), ("text", "")),
                        models.Q(("not_done_reason", ""), ("text", ""), ("value__isnull", True)),
                        models.Q(("not_applicable", False), ("not_done_reason", ""), ("value__isnull", True)),
                        _connector="OR",
                    ),
                    name="item_correction_value_or_not_applicable",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="CheckConfirmation",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("site", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.site")),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            (
                "assessment",
                models.ForeignKey(on_delete=models.PROTECT, related_name="confirmations", to="assessments.assessment"),
            ),
            ("check_code", models.CharField(max_length=20)),
            ("text", models.CharField(max_length=300, verbose_name="what the check said")),
            ("reason", models.CharField(max_length=300, verbose_name="why it is right")),
            ("confirmed_at", models.DateTimeField()),
        ],
        options={
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(("reason", ""), _negated=True), name="check_confirmation_says_why"
                )
            ],
        },
    ),
    migrations.CreateModel(
        name="AssessmentScore",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("site", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.site")),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            (
                "assessment",
                models.ForeignKey(on_delete=models.PROTECT, related_name="scores", to="assessments.assessment"),
            ),
            (
                "computation",
                models.PositiveSmallIntegerField(
                    default=1, verbose_name="how often it was computed, this time included"
                ),
            ),
            (
                "cause",
                models.ForeignKey(
                    null=True, on_delete=models.PROTECT, related_name="scores", to="assessments.itemcorrection"
                ),
            ),
            ("name", models.CharField(max_length=40)),
            ("value", models.CharField(blank=True, max_length=60)),
            ("complete", models.BooleanField()),
            ("incomplete_reason", models.CharField(blank=True, max_length=300)),
        ],
        options={
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(
                        ("complete", True), models.Q(("incomplete_reason", ""), _negated=True), _connector="OR"
                    ),
                    name="incomplete_score_has_reason",
                ),
                models.CheckConstraint(
                    condition=models.Q(("computation", 1), ("cause__isnull", False), _connector="OR"),
                    name="score_recomputed_names_its_cause",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="UnblindingIncident",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("site", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.site")),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ("public_id", core.identifiers.PublicIdField(prefix="unb")),
            (
                "assessment",
                models.ForeignKey(
                    null=True,
                    on_delete=models.PROTECT,
                    related_name="unblinding_incidents",
                    to="assessments.assessment",
                ),
            ),
            (
                "participant",
                models.ForeignKey(
                    null=True, on_delete=models.PROTECT, related_name="unblinding_incidents", to="patients.participant"
                ),
            ),
            (
                "whose",
                models.CharField(
                    choices=[
                        ("rater", "An independent rater"),
                        ("therapist", "A therapist"),
                        ("participant", "The participant"),
                        ("investigator", "An investigator"),
                        ("coordinator", "A coordinator"),
                        ("sponsor", "Somebody of the sponsor"),
                        ("other", "Somebody else"),
                    ],
                    default="rater",
                    max_length=20,
                    verbose_name="who learned it",
                ),
            ),
            ("how", models.CharField(blank=True, max_length=300, verbose_name="how it came about")),
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
            ("text", models.TextField(blank=True, verbose_name="in the teller's own words")),
            ("observed_at", models.DateTimeField()),
            ("submission_id", models.UUIDField(unique=True)),
        ],
        options={
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(("assessment__isnull", False), ("participant__isnull", False), _connector="OR"),
                    name="incident_is_about_somebody",
                )
            ],
        },
    ),
    migrations.CreateModel(
        name="IncidentAssessment",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("site", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.site")),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ("public_id", core.identifiers.PublicIdField(prefix="inc")),
            (
                "incident",
                models.OneToOneField(
                    on_delete=models.PROTECT, related_name="judgement", to="assessments.unblindingincident"
                ),
            ),
            (
                "consequence",
                models.CharField(
                    choices=[
                        ("none", "Nothing: the blind holds"),
                        ("reminded", "Those concerned were reminded of the rules"),
                        ("replaced", "Somebody else takes over the ratings"),
                        ("noted", "Named in the analysis of blinding"),
                        ("excluded", "Data after it are analysed apart"),
                    ],
                    max_length=20,
                ),
            ),
            ("note", models.CharField(max_length=500, verbose_name="why")),
            ("assessed_at", models.DateTimeField()),
        ],
        options={
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(("note", ""), _negated=True), name="incident_assessment_says_why"
                )
            ],
        },
    ),
    migrations.CreateModel(
        name="FormDraft",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("public_id", core.identifiers.PublicIdField(prefix="ofd")),
            (
                "protocol_version",
                models.ForeignKey(on_delete=models.PROTECT, related_name="form_drafts", to="trials.protocolversion"),
            ),
            ("code", models.CharField(max_length=20)),
            ("content", models.JSONField(verbose_name="items and checks, faults and all")),
            ("version", models.PositiveIntegerField(default=1, verbose_name="version for optimistic editing")),
            ("closed_at", models.DateTimeField(null=True, verbose_name="published or given up at")),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
        ],
        options={
            "constraints": [
                models.UniqueConstraint(
                    condition=models.Q(("closed_at__isnull", True)),
                    fields=("protocol_version", "code"),
                    name="form_draft_one_open",
                )
            ],
        },
    ),
    migrations.CreateModel(
        name="RatingRelease",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("site", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.site")),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            (
                "participant",
                models.OneToOneField(
                    on_delete=models.PROTECT, related_name="rating_release", to="patients.participant"
                ),
            ),
            ("reason", models.CharField(max_length=300, verbose_name="why")),
            ("released_at", models.DateTimeField()),
        ],
        options={
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(("reason", ""), _negated=True), name="rating_release_says_why"
                )
            ],
        },
    ),
    migrations.CreateModel(
        name="ItemText",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("instrument", models.CharField(max_length=20)),
            ("language", models.CharField(max_length=10)),
            ("item", models.PositiveSmallIntegerField()),
            ("version", models.PositiveSmallIntegerField()),
            ("text", models.CharField(blank=True, max_length=600)),
            ("licence", models.CharField(max_length=200, verbose_name="licence under which it may be used")),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
        ],
        options={
            "constraints": [
                models.UniqueConstraint(
                    fields=("instrument", "language", "item", "version"), name="item_text_once_per_version"
                ),
                models.CheckConstraint(
                    condition=models.Q(("licence", ""), _negated=True), name="item_text_names_licence"
                ),
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
