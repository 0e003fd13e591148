"""Leads and participants, identities and their keys, consents, visits, screening, facts, randomisation."""

import django.db.models.functions.text
import django_fsm
from django.conf import settings
from django.db import migrations, models

import core.clock
import core.identifiers
from core.tables import CreateTables

MODELS = [
    migrations.CreateModel(
        name="Participant",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("site", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.site")),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ("public_id", core.identifiers.PublicIdField(prefix="ptc")),
            ("screening_number", models.CharField(max_length=20)),
            (
                "status",
                models.CharField(
                    choices=[
                        ("contacted", "First contact"),
                        ("screening", "In screening"),
                        ("screen_failed", "Screen failure"),
                        ("enrolled", "Enrolled"),
                        ("randomised", "Randomised"),
                        ("discontinued", "Treatment discontinued"),
                        ("withdrawn", "Withdrawn"),
                        ("completed", "Completed"),
                    ],
                    default="contacted",
                    max_length=20,
                ),
            ),
            ("status_reason", models.CharField(blank=True, max_length=300)),
            ("first_contact_on", models.DateField()),
            ("language", models.CharField(default="en", max_length=10)),
            (
                "protocol_version",
                models.ForeignKey(
                    null=True, on_delete=models.PROTECT, related_name="participants", to="trials.protocolversion"
                ),
            ),
            ("enrolled_at", models.DateTimeField(blank=True, null=True)),
        ],
        options={
            "constraints": [models.UniqueConstraint(fields=("site", "screening_number"), name="screening_number_once")],
        },
    ),
    migrations.CreateModel(
        name="ReconsentCampaign",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("site", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.site")),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ("public_id", core.identifiers.PublicIdField(prefix="rcc")),
            (
                "protocol_version",
                models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.protocolversion"),
            ),
            ("form_version", models.CharField(max_length=20)),
            ("reason", models.TextField(verbose_name="what changed, for the participants")),
            ("sign_by", models.DateField()),
            ("closed_at", models.DateTimeField(null=True)),
        ],
        options={
            "constraints": [models.UniqueConstraint(fields=("site", "form_version"), name="campaign_once_per_form")],
        },
    ),
    migrations.CreateModel(
        name="ParticipantPreference",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("site", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.site")),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            (
                "participant",
                models.ForeignKey(on_delete=models.PROTECT, related_name="preferences", to="patients.participant"),
            ),
            ("code", models.CharField(max_length=40)),
            ("level", models.CharField(max_length=40)),
            ("observed_at", models.DateTimeField()),
        ],
    ),
    migrations.CreateModel(
        name="ConsentSeal",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("site", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.site")),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            (
                "participant",
                models.ForeignKey(on_delete=models.PROTECT, related_name="consent_seals", to="patients.participant"),
            ),
            ("media_type", models.CharField(max_length=30)),
            ("digest", models.CharField(max_length=64, verbose_name="SHA-256 of the content")),
            ("size", models.PositiveIntegerField(verbose_name="size in bytes")),
            ("pages", models.PositiveSmallIntegerField(null=True)),
            ("ciphertext", models.BinaryField()),
        ],
        options={
            "db_table": '"vault"."consent_seal"',
        },
    ),
    migrations.CreateModel(
        name="ConsentSigning",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("site", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.site")),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ("public_id", core.identifiers.PublicIdField(prefix="sgn")),
            (
                "participant",
                models.ForeignKey(on_delete=models.PROTECT, related_name="signings", to="patients.participant"),
            ),
            ("form", models.ForeignKey(on_delete=models.PROTECT, related_name="signings", to="trials.consentform")),
            (
                "state",
                django_fsm.FSMField(
                    choices=[
                        ("reading", "Being read"),
                        ("signed", "Signed by the participant"),
                        ("completed", "Completed"),
                        ("ended", "Ended by wrong answers"),
                        ("abandoned", "Not gone on with"),
                    ],
                    default="reading",
                    max_length=10,
                ),
            ),
            ("reads_alone", models.BooleanField(verbose_name="the participant can read the form")),
            (
                "seal",
                models.OneToOneField(
                    null=True, on_delete=models.PROTECT, related_name="signing", to="patients.consentseal"
                ),
            ),
            ("signed_at", models.DateTimeField(null=True)),
        ],
        options={
            "constraints": [
                models.UniqueConstraint(
                    condition=models.Q(("state__in", ["reading", "signed"])),
                    fields=("participant",),
                    name="one_open_signing",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("seal__isnull", False), ("signed_at__isnull", False)),
                        ("state__in", ["reading", "ended", "abandoned"]),
                        _connector="OR",
                    ),
                    name="signed_has_its_seal",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="ConsentStep",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("site", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.site")),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            (
                "signing",
                models.ForeignKey(on_delete=models.PROTECT, related_name="steps", to="patients.consentsigning"),
            ),
            (
                "kind",
                models.CharField(
                    choices=[
                        ("read", "Section read"),
                        ("answered", "Question answered"),
                        ("discussed", "Talked over"),
                        ("chose", "Options chosen"),
                    ],
                    max_length=10,
                ),
            ),
            ("code", models.CharField(blank=True, max_length=40)),
            ("content", models.JSONField(default=dict)),
            ("observed_at", models.DateTimeField()),
        ],
    ),
    migrations.CreateModel(
        name="ContactConsent",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("site", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.site")),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            (
                "participant",
                models.ForeignKey(on_delete=models.PROTECT, related_name="contact_consents", to="patients.participant"),
            ),
            (
                "channel",
                models.CharField(
                    choices=[("email", "E-mail"), ("sms", "Text message"), ("phone", "Phone")], max_length=10
                ),
            ),
            ("given", models.BooleanField()),
            ("observed_at", models.DateTimeField()),
        ],
    ),
    migrations.CreateModel(
        name="Consent",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("site", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.site")),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ("public_id", core.identifiers.PublicIdField(prefix="cns")),
            (
                "participant",
                models.ForeignKey(on_delete=models.PROTECT, related_name="consents", to="patients.participant"),
            ),
            ("form", models.ForeignKey(on_delete=models.PROTECT, related_name="consents", to="trials.consentform")),
            (
                "way",
                models.CharField(
                    choices=[("tablet", "On the tablet"), ("paper", "On paper")], default="paper", max_length=10
                ),
            ),
            ("signed_at", models.DateTimeField(verbose_name="signed by the participant at")),
            ("zone", models.CharField(default="UTC", max_length=60, verbose_name="time zone of the place")),
            (
                "discussed_by",
                models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
            ),
            (
                "witness",
                models.ForeignKey(null=True, on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
            ),
            ("options", models.JSONField(default=dict, verbose_name="options given separately")),
            (
                "signing",
                models.OneToOneField(
                    null=True, on_delete=models.PROTECT, related_name="consent", to="patients.consentsigning"
                ),
            ),
            (
                "steps_digest",
                models.CharField(blank=True, max_length=64, verbose_name="SHA-256 of the steps on the tablet"),
            ),
            (
                "seal",
                models.OneToOneField(
                    null=True, on_delete=models.PROTECT, related_name="consent", to="patients.consentseal"
                ),
            ),
        ],
        options={
            "constraints": [models.UniqueConstraint(fields=("participant", "form"), name="consent_once_per_form")],
        },
    ),
    migrations.CreateModel(
        name="ConsentWithdrawal",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("site", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.site")),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            (
                "participant",
                models.ForeignKey(on_delete=models.PROTECT, related_name="withdrawals", to="patients.participant"),
            ),
            (
                "scope",
                models.CharField(
                    choices=[
                        ("treatment", "Treatment only"),
                        ("procedures", "All procedures"),
                        ("contact", "Being contacted"),
                        ("data", "Use of data"),
                    ],
                    max_length=20,
                ),
            ),
            ("observed_at", models.DateTimeField()),
            ("reason", models.TextField(blank=True)),
        ],
    ),
    migrations.CreateModel(
        name="ClinicalJudgement",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("site", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.site")),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ("public_id", core.identifiers.PublicIdField(prefix="jdg")),
            (
                "participant",
                models.ForeignKey(on_delete=models.PROTECT, related_name="judgements", to="patients.participant"),
            ),
            ("answers", models.JSONField(default=dict)),
            ("results", models.JSONField(default=list)),
            ("duties", models.JSONField(default=list)),
            ("grounds", models.CharField(max_length=600, verbose_name="on what grounds")),
            ("judged_at", models.DateTimeField()),
            ("submission_id", models.UUIDField(unique=True)),
        ],
    ),
    migrations.CreateModel(
        name="Visit",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("site", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.site")),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ("public_id", core.identifiers.PublicIdField(prefix="vis")),
            (
                "participant",
                models.ForeignKey(on_delete=models.PROTECT, related_name="visits", to="patients.participant"),
            ),
            ("code", models.CharField(max_length=20)),
            ("name", models.CharField(max_length=120)),
            ("kind", models.CharField(max_length=20, verbose_name="type of visit")),
            ("order", models.PositiveIntegerField()),
            ("target_on", models.DateField(null=True)),
            ("earliest_on", models.DateField(null=True)),
            ("latest_on", models.DateField(null=True)),
            ("anchored_on_actual", models.BooleanField(default=False)),
            (
                "state",
                models.CharField(
                    choices=[
                        ("planned", "Planned"),
                        ("booked", "Booked"),
                        ("started", "Started"),
                        ("done", "Done"),
                        ("missed", "Missed"),
                        ("cancelled", "Cancelled"),
                    ],
                    default="planned",
                    max_length=12,
                ),
            ),
            ("booked_at", models.DateTimeField(blank=True, null=True)),
            ("started_at", models.DateTimeField(blank=True, null=True)),
            ("ended_at", models.DateTimeField(blank=True, null=True)),
            (
                "missed_kind",
                models.CharField(blank=True, max_length=30, verbose_name="why it was missed, by the protocol's code"),
            ),
            ("missed_reason", models.CharField(blank=True, max_length=300)),
        ],
        options={
            "indexes": [models.Index(fields=["site", "state", "latest_on"], name="patients_vi_site_id_6c65de_idx")],
            "constraints": [
                models.UniqueConstraint(fields=("participant", "code"), name="visit_once_per_participant"),
                models.CheckConstraint(
                    condition=models.Q(
                        ("ended_at__isnull", True), ("ended_at__gte", models.F("started_at")), _connector="OR"
                    ),
                    name="visit_ends_after_start",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="VisitProcedure",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("site", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.site")),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ("visit", models.ForeignKey(on_delete=models.PROTECT, related_name="procedures", to="patients.visit")),
            ("code", models.CharField(max_length=20)),
            (
                "state",
                models.CharField(
                    choices=[("due", "Due"), ("done", "Done"), ("not_done", "Not done")], default="due", max_length=10
                ),
            ),
            ("done_at", models.DateTimeField(blank=True, null=True)),
            ("not_done_reason", models.CharField(blank=True, max_length=300)),
        ],
        options={
            "constraints": [
                models.UniqueConstraint(fields=("visit", "code"), name="procedure_once_per_visit"),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("state", "done"), _negated=True), ("done_at__isnull", False), _connector="OR"
                    ),
                    name="procedure_done_has_time",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("state", "not_done"), _negated=True),
                        models.Q(("not_done_reason", ""), _negated=True),
                        _connector="OR",
                    ),
                    name="procedure_not_done_has_reason",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="Fact",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("site", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.site")),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            (
                "participant",
                models.ForeignKey(on_delete=models.PROTECT, related_name="facts", to="patients.participant"),
            ),
            (
                "visit",
                models.ForeignKey(null=True, on_delete=models.PROTECT, related_name="facts", to="patients.visit"),
            ),
            ("variable", models.CharField(max_length=60)),
            ("value", models.CharField(max_length=200)),
            ("unit", models.CharField(blank=True, max_length=20)),
            ("source", models.CharField(max_length=120)),
            ("observed_at", models.DateTimeField()),
            (
                "judgement",
                models.ForeignKey(
                    null=True, on_delete=models.PROTECT, related_name="facts", to="patients.clinicaljudgement"
                ),
            ),
            (
                "replaces",
                models.OneToOneField(
                    null=True, on_delete=models.PROTECT, related_name="replaced_by", to="patients.fact"
                ),
            ),
            ("reason", models.CharField(blank=True, max_length=300, verbose_name="reason for the correction")),
        ],
        options={
            "indexes": [models.Index(fields=["participant", "variable"], name="patients_fa_partici_56a563_idx")],
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(
                        ("replaces__isnull", True), models.Q(("reason", ""), _negated=True), _connector="OR"
                    ),
                    name="fact_correction_has_reason",
                )
            ],
        },
    ),
    migrations.CreateModel(
        name="EligibilityAssessment",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("site", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.site")),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ("public_id", core.identifiers.PublicIdField(prefix="elg")),
            (
                "participant",
                models.ForeignKey(
                    on_delete=models.PROTECT, related_name="eligibility_assessments", to="patients.participant"
                ),
            ),
            ("visit_code", models.CharField(max_length=20)),
            (
                "protocol_version",
                models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.protocolversion"),
            ),
            (
                "result",
                models.CharField(
                    choices=[
                        ("eligible", "Eligible"),
                        ("not_eligible", "Not eligible"),
                        ("undetermined", "Undetermined"),
                    ],
                    max_length=20,
                ),
            ),
            ("criteria", models.JSONField()),
            ("judged_at", models.DateTimeField()),
        ],
    ),
    migrations.CreateModel(
        name="EligibilityContradiction",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("site", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.site")),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ("public_id", core.identifiers.PublicIdField(prefix="ctr")),
            (
                "participant",
                models.ForeignKey(on_delete=models.PROTECT, related_name="contradictions", to="patients.participant"),
            ),
            (
                "assessment",
                models.ForeignKey(
                    on_delete=models.PROTECT, related_name="contradictions", to="patients.eligibilityassessment"
                ),
            ),
            ("fact", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="patients.fact")),
            ("criteria", models.JSONField(verbose_name="ids of the criteria that fail now")),
            ("raised_at", models.DateTimeField()),
        ],
        options={
            "constraints": [models.UniqueConstraint(fields=("assessment", "fact"), name="contradiction_once")],
        },
    ),
    migrations.CreateModel(
        name="ScreenFailure",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("site", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.site")),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            (
                "participant",
                models.OneToOneField(
                    on_delete=models.PROTECT, related_name="screen_failure", to="patients.participant"
                ),
            ),
            ("category", models.CharField(max_length=20)),
            ("criteria", models.JSONField(default=list)),
            ("note", models.CharField(blank=True, max_length=300)),
            ("failed_at", models.DateTimeField()),
        ],
    ),
    migrations.CreateModel(
        name="Randomisation",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("site", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.site")),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ("public_id", core.identifiers.PublicIdField(prefix="rnd")),
            (
                "participant",
                models.OneToOneField(on_delete=models.PROTECT, related_name="randomisation", to="patients.participant"),
            ),
            ("randomisation_number", models.CharField(max_length=20, unique=True)),
            ("kit_number", models.CharField(max_length=20, unique=True)),
            ("stratum", models.CharField(max_length=300)),
            (
                "factors",
                models.JSONField(default=dict, verbose_name="factors of the stratum with their values, frozen"),
            ),
            ("randomised_at", models.DateTimeField()),
            ("submission_id", models.UUIDField(unique=True)),
        ],
    ),
    migrations.CreateModel(
        name="HistoryEntry",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("site", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.site")),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            (
                "participant",
                models.ForeignKey(
                    on_delete=models.PROTECT, related_name="%(class)s_entries", to="patients.participant"
                ),
            ),
            ("source", models.CharField(max_length=120)),
            ("observed_at", models.DateTimeField(verbose_name="asked at")),
            (
                "replaces",
                models.OneToOneField(
                    null=True, on_delete=models.PROTECT, related_name="replaced_by", to="patients.historyentry"
                ),
            ),
            ("reason", models.CharField(blank=True, max_length=300, verbose_name="reason for the change")),
            ("withdrawn", models.BooleanField(default=False, verbose_name="entered by mistake")),
            ("submission_id", models.UUIDField(unique=True)),
            ("public_id", core.identifiers.PublicIdField(prefix="hst")),
            ("kind", models.CharField(choices=[("medical", "Medical"), ("psychiatric", "Psychiatric")], max_length=12)),
            ("term", models.CharField(max_length=200, verbose_name="condition")),
            ("started", models.CharField(blank=True, max_length=10)),
            ("ended", models.CharField(blank=True, max_length=10)),
            ("ongoing", models.BooleanField(default=False)),
            (
                "coded_term",
                models.CharField(blank=True, max_length=200, verbose_name="term of the dictionary, given later"),
            ),
            ("note", models.CharField(blank=True, max_length=300)),
        ],
        options={
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(
                        ("replaces__isnull", True), models.Q(("reason", ""), _negated=True), _connector="OR"
                    ),
                    name="historyentry_change_has_reason",
                ),
                models.CheckConstraint(
                    condition=models.Q(("withdrawn", False), ("replaces__isnull", False), _connector="OR"),
                    name="historyentry_withdrawal_replaces",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="PriorTreatment",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("site", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.site")),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            (
                "participant",
                models.ForeignKey(
                    on_delete=models.PROTECT, related_name="%(class)s_entries", to="patients.participant"
                ),
            ),
            ("source", models.CharField(max_length=120)),
            ("observed_at", models.DateTimeField(verbose_name="asked at")),
            (
                "replaces",
                models.OneToOneField(
                    null=True, on_delete=models.PROTECT, related_name="replaced_by", to="patients.priortreatment"
                ),
            ),
            ("reason", models.CharField(blank=True, max_length=300, verbose_name="reason for the change")),
            ("withdrawn", models.BooleanField(default=False, verbose_name="entered by mistake")),
            ("submission_id", models.UUIDField(unique=True)),
            ("public_id", core.identifiers.PublicIdField(prefix="trt")),
            ("kind", models.CharField(max_length=20)),
            ("name", models.CharField(max_length=120, verbose_name="treatment")),
            (
                "dose_mg",
                models.DecimalField(
                    blank=True, decimal_places=2, max_digits=8, null=True, verbose_name="daily dose in mg"
                ),
            ),
            ("sessions", models.PositiveSmallIntegerField(blank=True, null=True)),
            ("started", models.CharField(blank=True, max_length=10)),
            ("ended", models.CharField(blank=True, max_length=10)),
            ("response", models.CharField(max_length=20)),
            ("note", models.CharField(blank=True, max_length=300)),
        ],
        options={
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(
                        ("replaces__isnull", True), models.Q(("reason", ""), _negated=True), _connector="OR"
                    ),
                    name="priortreatment_change_has_reason",
                ),
                models.CheckConstraint(
                    condition=models.Q(("withdrawn", False), ("replaces__isnull", False), _connector="OR"),
                    name="priortreatment_withdrawal_replaces",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="PriorUseEntry",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("site", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.site")),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            (
                "participant",
                models.ForeignKey(
                    on_delete=models.PROTECT, related_name="%(class)s_entries", to="patients.participant"
                ),
            ),
            ("source", models.CharField(max_length=120)),
            ("observed_at", models.DateTimeField(verbose_name="asked at")),
            (
                "replaces",
                models.OneToOneField(
                    null=True, on_delete=models.PROTECT, related_name="replaced_by", to="patients.prioruseentry"
                ),
            ),
            ("reason", models.CharField(blank=True, max_length=300, verbose_name="reason for the change")),
            ("withdrawn", models.BooleanField(default=False, verbose_name="entered by mistake")),
            ("submission_id", models.UUIDField(unique=True)),
            ("public_id", core.identifiers.PublicIdField(prefix="use")),
            ("year", models.PositiveSmallIntegerField()),
            ("occasions", models.PositiveSmallIntegerField()),
            ("last_used", models.CharField(blank=True, max_length=10)),
            ("context", models.CharField(blank=True, max_length=20)),
            ("note", models.CharField(blank=True, max_length=300)),
        ],
        options={
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(
                        ("replaces__isnull", True), models.Q(("reason", ""), _negated=True), _connector="OR"
                    ),
                    name="prioruseentry_change_has_reason",
                ),
                models.CheckConstraint(
                    condition=models.Q(("withdrawn", False), ("replaces__isnull", False), _connector="OR"),
                    name="prioruseentry_withdrawal_replaces",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="Medicine",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("site", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.site")),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            (
                "participant",
                models.ForeignKey(
                    on_delete=models.PROTECT, related_name="%(class)s_entries", to="patients.participant"
                ),
            ),
            ("source", models.CharField(max_length=120)),
            ("observed_at", models.DateTimeField(verbose_name="asked at")),
            (
                "replaces",
                models.OneToOneField(
                    null=True, on_delete=models.PROTECT, related_name="replaced_by", to="patients.medicine"
                ),
            ),
            ("reason", models.CharField(blank=True, max_length=300, verbose_name="reason for the change")),
            ("withdrawn", models.BooleanField(default=False, verbose_name="entered by mistake")),
            ("submission_id", models.UUIDField(unique=True)),
            ("public_id", core.identifiers.PublicIdField(prefix="med")),
            ("name", models.CharField(max_length=120, verbose_name="medicine")),
            ("medicine_class", models.CharField(blank=True, max_length=40, verbose_name="prohibited class")),
            ("dose", models.CharField(blank=True, max_length=80)),
            ("indication", models.CharField(blank=True, max_length=120)),
            ("started", models.CharField(blank=True, max_length=10)),
            ("last_taken_on", models.DateField(blank=True, null=True)),
            ("taper_from", models.DateField(blank=True, null=True)),
            ("planned_last_on", models.DateField(blank=True, null=True, verbose_name="last day as planned")),
            ("note", models.CharField(blank=True, max_length=300, verbose_name="steps of the taper, or a note")),
        ],
        options={
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(
                        ("replaces__isnull", True), models.Q(("reason", ""), _negated=True), _connector="OR"
                    ),
                    name="medicine_change_has_reason",
                ),
                models.CheckConstraint(
                    condition=models.Q(("withdrawn", False), ("replaces__isnull", False), _connector="OR"),
                    name="medicine_withdrawal_replaces",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="Lead",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("site", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.site")),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ("public_id", core.identifiers.PublicIdField(prefix="led")),
            ("number", models.CharField(max_length=20)),
            (
                "state",
                models.CharField(
                    choices=[
                        ("new", "New"),
                        ("in_contact", "In contact"),
                        ("waiting", "On the waiting list"),
                        ("converted", "In screening"),
                        ("closed", "Closed"),
                    ],
                    default="new",
                    max_length=12,
                ),
            ),
            ("source", models.CharField(max_length=40)),
            ("heard_on", models.DateField(verbose_name="heard of on")),
            ("language", models.CharField(default="en", max_length=10)),
            ("next_contact_on", models.DateField(null=True)),
            ("waiting_rank", models.PositiveIntegerField(null=True)),
            ("waiting_reason", models.CharField(blank=True, max_length=300)),
            ("close_reason", models.CharField(blank=True, max_length=40)),
            ("close_note", models.CharField(blank=True, max_length=300)),
            (
                "participant",
                models.OneToOneField(
                    null=True, on_delete=models.PROTECT, related_name="lead", to="patients.participant"
                ),
            ),
            ("submission_id", models.UUIDField(unique=True)),
        ],
        options={
            "indexes": [
                models.Index(fields=["site", "state", "next_contact_on"], name="patients_le_site_id_ac9df7_idx"),
                models.Index(fields=["site", "waiting_rank"], name="patients_le_site_id_da9f9d_idx"),
            ],
            "constraints": [
                models.UniqueConstraint(fields=("site", "number"), name="lead_number_once"),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("state", "closed"), _negated=True),
                        models.Q(("close_reason", ""), _negated=True),
                        _connector="OR",
                    ),
                    name="lead_closed_has_reason",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("participant__isnull", False), ("state", "converted")),
                        models.Q(models.Q(("state", "converted"), _negated=True), ("participant__isnull", True)),
                        _connector="OR",
                    ),
                    name="lead_converted_has_participant",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(
                            ("state", "waiting"),
                            ("waiting_rank__isnull", False),
                            models.Q(("waiting_reason", ""), _negated=True),
                        ),
                        models.Q(models.Q(("state", "waiting"), _negated=True), ("waiting_rank__isnull", True)),
                        _connector="OR",
                    ),
                    name="lead_waiting_has_place",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="Identity",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("public_id", core.identifiers.PublicIdField(prefix="idn")),
            (
                "lead",
                models.OneToOneField(null=True, on_delete=models.PROTECT, related_name="identity", to="patients.lead"),
            ),
            (
                "participant",
                models.OneToOneField(
                    null=True, on_delete=models.PROTECT, related_name="identity", to="patients.participant"
                ),
            ),
            ("site", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.site")),
            ("ciphertext", models.BinaryField(null=True)),
            ("erased_at", models.DateTimeField(null=True)),
            (
                "erased_by",
                models.ForeignKey(null=True, on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
            ),
        ],
        options={
            "db_table": '"vault"."identity"',
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(("lead__isnull", False), ("participant__isnull", False), _connector="OR"),
                    name="identity_is_somebodys",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("ciphertext__isnull", False), ("erased_at__isnull", True)),
                        models.Q(
                            ("ciphertext__isnull", True), ("erased_at__isnull", False), ("erased_by__isnull", False)
                        ),
                        _connector="OR",
                    ),
                    name="identity_held_or_erased",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="IdentityKey",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("identity", models.OneToOneField(on_delete=models.PROTECT, related_name="key", to="patients.identity")),
            ("site", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.site")),
            ("wrapped", models.BinaryField(null=True)),
            ("master", models.CharField(max_length=16)),
            ("person_digest", models.CharField(blank=True, max_length=64)),
            ("phone_digest", models.CharField(blank=True, max_length=64)),
            ("email_digest", models.CharField(blank=True, max_length=64)),
        ],
        options={
            "db_table": '"keyring"."identity_key"',
            "indexes": [
                models.Index(fields=["person_digest"], name="identity_by_person"),
                models.Index(fields=["phone_digest"], name="identity_by_phone"),
                models.Index(fields=["email_digest"], name="identity_by_email"),
            ],
        },
    ),
    migrations.CreateModel(
        name="ContactAttempt",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("site", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.site")),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ("lead", models.ForeignKey(on_delete=models.PROTECT, related_name="attempts", to="patients.lead")),
            ("attempted_at", models.DateTimeField()),
            (
                "channel",
                models.CharField(
                    choices=[
                        ("phone", "Phone"),
                        ("email", "E-mail"),
                        ("sms", "Text message"),
                        ("in_person", "In person"),
                    ],
                    max_length=10,
                ),
            ),
            (
                "outcome",
                models.CharField(
                    choices=[
                        ("reached", "Reached"),
                        ("call_back", "Reached, wants another time"),
                        ("message_left", "Message left"),
                        ("no_answer", "No answer"),
                        ("wrong_address", "Wrong number or address"),
                    ],
                    max_length=15,
                ),
            ),
            ("next_contact_on", models.DateField(null=True)),
            ("note", models.CharField(blank=True, max_length=300)),
            ("submission_id", models.UUIDField(unique=True)),
        ],
    ),
    migrations.CreateModel(
        name="PreScreen",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("site", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.site")),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ("lead", models.ForeignKey(on_delete=models.PROTECT, related_name="prescreens", to="patients.lead")),
            (
                "protocol_version",
                models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.protocolversion"),
            ),
            ("answers", models.JSONField()),
            (
                "result",
                models.CharField(
                    choices=[("passed", "Passed"), ("not_passed", "Not passed"), ("open", "Answers missing")],
                    max_length=12,
                ),
            ),
            ("against", models.JSONField(default=list, verbose_name="questions that speak against")),
            ("observed_at", models.DateTimeField()),
            ("submission_id", models.UUIDField(unique=True)),
        ],
    ),
    migrations.CreateModel(
        name="LabRange",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("site", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.site")),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ("public_id", core.identifiers.PublicIdField(prefix="rng")),
            ("laboratory", models.CharField(max_length=80)),
            ("measure", models.CharField(max_length=40)),
            ("sex", models.CharField(blank=True, max_length=10)),
            ("age_from", models.PositiveSmallIntegerField(default=0)),
            ("age_to", models.PositiveSmallIntegerField(null=True, verbose_name="age below which it holds")),
            ("low", models.DecimalField(decimal_places=4, max_digits=12, null=True)),
            ("high", models.DecimalField(decimal_places=4, max_digits=12, null=True)),
            ("unit", models.CharField(max_length=20)),
            ("valid_from", models.DateField()),
        ],
        options={
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(("low__isnull", False), ("high__isnull", False), _connector="OR"),
                    name="lab_range_has_a_limit",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        ("low__isnull", True), ("high__isnull", True), ("low__lt", models.F("high")), _connector="OR"
                    ),
                    name="lab_range_in_order",
                ),
                models.UniqueConstraint(
                    models.F("site"),
                    django.db.models.functions.text.Lower("laboratory"),
                    models.F("measure"),
                    models.F("sex"),
                    models.F("age_from"),
                    models.F("valid_from"),
                    name="lab_range_once",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="ResultFile",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("site", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.site")),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ("public_id", core.identifiers.PublicIdField(prefix="csv")),
            ("name", models.CharField(max_length=120)),
            ("digest", models.CharField(max_length=64, verbose_name="SHA-256")),
            ("size", models.PositiveIntegerField(verbose_name="size in bytes")),
            ("packed", models.BinaryField()),
            ("sent_at", models.DateTimeField()),
        ],
        options={
            "constraints": [models.UniqueConstraint(fields=("site", "digest"), name="result_file_once")],
        },
    ),
    migrations.CreateModel(
        name="ResultLoad",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("site", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.site")),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ("file", models.ForeignKey(on_delete=models.PROTECT, related_name="loads", to="patients.resultfile")),
            ("new", models.PositiveIntegerField()),
            ("changed", models.PositiveIntegerField()),
            ("same", models.PositiveIntegerField()),
            ("loaded_at", models.DateTimeField()),
        ],
    ),
    migrations.CreateModel(
        name="Result",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("site", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.site")),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ("public_id", core.identifiers.PublicIdField(prefix="res")),
            (
                "participant",
                models.ForeignKey(on_delete=models.PROTECT, related_name="results", to="patients.participant"),
            ),
            (
                "visit",
                models.ForeignKey(null=True, on_delete=models.PROTECT, related_name="results", to="patients.visit"),
            ),
            ("measure", models.CharField(max_length=40)),
            ("value", models.CharField(max_length=40)),
            ("unit", models.CharField(blank=True, max_length=20)),
            ("reported_value", models.CharField(max_length=40)),
            ("reported_unit", models.CharField(blank=True, max_length=20)),
            ("laboratory", models.CharField(max_length=80)),
            ("report", models.CharField(blank=True, max_length=60, verbose_name="number of the report")),
            ("collected_at", models.DateTimeField()),
            ("computed", models.BooleanField(default=False)),
            (
                "file",
                models.ForeignKey(
                    null=True, on_delete=models.PROTECT, related_name="results", to="patients.resultfile"
                ),
            ),
            (
                "replaces",
                models.OneToOneField(
                    null=True, on_delete=models.PROTECT, related_name="replaced_by", to="patients.result"
                ),
            ),
            ("reason", models.CharField(blank=True, max_length=300, verbose_name="reason for the correction")),
        ],
        options={
            "indexes": [models.Index(fields=["participant", "measure"], name="patients_re_partici_189e25_idx")],
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(
                        ("replaces__isnull", True), models.Q(("reason", ""), _negated=True), _connector="OR"
                    ),
                    name="result_correction_has_reason",
                ),
                models.UniqueConstraint(
                    models.F("participant"),
                    models.F("measure"),
                    models.F("collected_at"),
                    django.db.models.functions.text.Lower("laboratory"),
                    condition=models.Q(("replaces__isnull", True)),
                    name="result_once",
                ),
            ],
        },
    ),
]


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("core", "0001_initial"),
        ("trials", "0001_initial"),
    ]

    operations = [
        CreateTables(MODELS),
    ]
