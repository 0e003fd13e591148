"""The trial: protocol versions, sites, duties, qualifications, consent forms, reference safety information."""

import django.contrib.postgres.fields
from django.conf import settings
from django.db import migrations, models

import core.clock
import core.identifiers
from core.tables import CreateTables

MODELS = [
    migrations.CreateModel(
        name="Trial",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("public_id", core.identifiers.PublicIdField(prefix="trl")),
            ("code", models.CharField(max_length=40, unique=True)),
            ("title", models.CharField(max_length=300)),
            ("sponsor_name", models.CharField(max_length=120)),
            ("sponsor_zone", models.CharField(max_length=60, verbose_name="sponsor's time zone")),
            ("message_alias", models.CharField(max_length=60, verbose_name="name used in messages")),
        ],
    ),
    migrations.CreateModel(
        name="Site",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("public_id", core.identifiers.PublicIdField(prefix="sit")),
            ("trial", models.ForeignKey(on_delete=models.PROTECT, related_name="sites", to="trials.trial")),
            ("code", models.CharField(max_length=10)),
            ("name", models.CharField(max_length=120)),
            ("zone", models.CharField(max_length=60, verbose_name="time zone")),
            ("message_alias", models.CharField(max_length=60, verbose_name="name used in messages")),
        ],
        options={
            "constraints": [models.UniqueConstraint(fields=("trial", "code"), name="site_code_once")],
        },
    ),
    migrations.CreateModel(
        name="ProtocolVersion",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("public_id", core.identifiers.PublicIdField(prefix="prv")),
            ("trial", models.ForeignKey(on_delete=models.PROTECT, related_name="protocol_versions", to="trials.trial")),
            ("version", models.CharField(max_length=20)),
            ("source", models.TextField(verbose_name="document as loaded (YAML)")),
            ("digest", models.CharField(max_length=64, verbose_name="SHA-256 of the document")),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
        ],
        options={
            "constraints": [models.UniqueConstraint(fields=("trial", "version"), name="protocol_version_once")],
        },
    ),
    migrations.CreateModel(
        name="ProtocolApproval",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("site", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.site")),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            (
                "protocol_version",
                models.ForeignKey(on_delete=models.PROTECT, related_name="approvals", to="trials.protocolversion"),
            ),
            ("effective_on", models.DateField()),
        ],
        options={
            "constraints": [
                models.UniqueConstraint(fields=("site", "protocol_version"), name="protocol_approved_once_per_site")
            ],
        },
    ),
    migrations.CreateModel(
        name="ConsentForm",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("site", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.site")),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ("public_id", core.identifiers.PublicIdField(prefix="cfm")),
            (
                "protocol_version",
                models.ForeignKey(on_delete=models.PROTECT, related_name="consent_forms", to="trials.protocolversion"),
            ),
            ("version", models.CharField(max_length=20)),
            ("language", models.CharField(default="en", max_length=10)),
            ("source", models.TextField(verbose_name="document as loaded (YAML)")),
            ("digest", models.CharField(max_length=64, verbose_name="SHA-256 of the document")),
        ],
        options={
            "constraints": [
                models.UniqueConstraint(fields=("site", "version", "language"), name="consent_form_version_once")
            ],
        },
    ),
    migrations.CreateModel(
        name="ConsentFormApproval",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("site", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.site")),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ("form", models.OneToOneField(on_delete=models.PROTECT, related_name="approval", to="trials.consentform")),
            ("ethics_reference", models.CharField(max_length=120, verbose_name="reference of the ethics committee")),
            ("ethics_approved_on", models.DateField()),
            ("effective_on", models.DateField()),
        ],
        options={
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(("effective_on__gte", models.F("ethics_approved_on"))),
                    name="form_effective_after_ethics_approval",
                )
            ],
        },
    ),
    migrations.CreateModel(
        name="Qualification",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("site", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.site")),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ("public_id", core.identifiers.PublicIdField(prefix="qlf")),
            (
                "person",
                models.ForeignKey(on_delete=models.PROTECT, related_name="qualifications", to=settings.AUTH_USER_MODEL),
            ),
            ("code", models.CharField(max_length=40, verbose_name="protocol's code")),
            ("reference", models.CharField(max_length=120, verbose_name="number or title of the document")),
            ("issued_on", models.DateField()),
            ("expires_on", models.DateField(blank=True, null=True)),
            ("remind_on", models.DateField(blank=True, null=True, verbose_name="to be renewed from")),
            ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
        ],
        options={
            "constraints": [
                models.UniqueConstraint(
                    condition=models.Q(("withdrawn_at__isnull", True)),
                    fields=("site", "person", "code", "issued_on"),
                    name="qualification_once",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        ("expires_on__isnull", True), ("expires_on__gte", models.F("issued_on")), _connector="OR"
                    ),
                    name="qualification_expires_after_issue",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="Delegation",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("site", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.site")),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ("public_id", core.identifiers.PublicIdField(prefix="dlg")),
            (
                "person",
                models.ForeignKey(on_delete=models.PROTECT, related_name="delegations", to=settings.AUTH_USER_MODEL),
            ),
            ("duty", models.CharField(max_length=40)),
            ("starts_on", models.DateField()),
            ("ends_on", models.DateField(blank=True, null=True)),
            (
                "requires",
                django.contrib.postgres.fields.ArrayField(
                    base_field=models.CharField(max_length=40), default=list, size=None
                ),
            ),
            ("refused_at", models.DateTimeField(blank=True, null=True)),
            ("refusal", models.TextField(blank=True, verbose_name="why it was refused")),
        ],
        options={
            "constraints": [
                models.UniqueConstraint(fields=("site", "person", "duty", "starts_on"), name="delegation_once")
            ],
        },
    ),
    migrations.CreateModel(
        name="ReferenceVersion",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("public_id", core.identifiers.PublicIdField(prefix="rsi")),
            (
                "trial",
                models.ForeignKey(on_delete=models.PROTECT, related_name="reference_versions", to="trials.trial"),
            ),
            ("version", models.CharField(max_length=20)),
            ("effective_on", models.DateField(verbose_name="in force from")),
            ("document", models.CharField(max_length=200, verbose_name="document it is taken from")),
            ("digest", models.CharField(max_length=64, verbose_name="SHA-256 of the listed terms")),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
        ],
        options={
            "constraints": [
                models.UniqueConstraint(fields=("trial", "version"), name="reference_version_once"),
                models.UniqueConstraint(fields=("trial", "effective_on"), name="reference_from_a_day_once"),
            ],
        },
    ),
    migrations.CreateModel(
        name="ReferenceTerm",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "reference",
                models.ForeignKey(on_delete=models.PROTECT, related_name="terms", to="trials.referenceversion"),
            ),
            ("term", models.CharField(max_length=200)),
            (
                "severity",
                models.CharField(
                    blank=True,
                    choices=[("mild", "Mild"), ("moderate", "Moderate"), ("severe", "Severe")],
                    max_length=10,
                    verbose_name="most severe that is expected",
                ),
            ),
            (
                "criteria",
                django.contrib.postgres.fields.ArrayField(
                    base_field=models.CharField(max_length=40), blank=True, default=list, size=None
                ),
            ),
            (
                "covers",
                models.CharField(
                    choices=[("exact", "This term alone"), ("broad", "Every term that holds it")],
                    default="exact",
                    max_length=10,
                ),
            ),
            (
                "also",
                django.contrib.postgres.fields.ArrayField(
                    base_field=models.CharField(max_length=200), blank=True, default=list, size=None
                ),
            ),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
        ],
        options={
            "constraints": [models.UniqueConstraint(fields=("reference", "term"), name="reference_term_once")],
        },
    ),
]


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("core", "0001_initial"),
    ]

    operations = [
        CreateTables(MODELS),
    ]
