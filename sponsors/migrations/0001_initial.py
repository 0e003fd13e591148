"""Tokens of the programming interface, and exports."""

import django.contrib.postgres.fields
from django.conf import settings
from django.db import migrations, models

import core.clock
import core.identifiers
from core.tables import CreateTables

MODELS = [
    migrations.CreateModel(
        name="ApiToken",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("public_id", core.identifiers.PublicIdField(prefix="tok")),
            ("name", models.CharField(max_length=80)),
            (
                "owner",
                models.ForeignKey(on_delete=models.PROTECT, related_name="api_tokens", to=settings.AUTH_USER_MODEL),
            ),
            ("trial", models.ForeignKey(on_delete=models.PROTECT, related_name="api_tokens", to="trials.trial")),
            ("digest", models.CharField(max_length=64, unique=True)),
            (
                "scopes",
                django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), size=None),
            ),
            (
                "blinding_class",
                models.CharField(
                    choices=[
                        ("functional", "Blinded; may read vital signs and session events"),
                        ("efficacy", "Blinded; may read outcome data after lock"),
                    ],
                    max_length=12,
                ),
            ),
            (
                "site_ids",
                django.contrib.postgres.fields.ArrayField(
                    base_field=models.BigIntegerField(), blank=True, default=list, size=None
                ),
            ),
            ("expires_at", models.DateTimeField()),
            ("revoked_at", models.DateTimeField(blank=True, null=True)),
            ("recorded_at", core.clock.RecordedAtField()),
        ],
    ),
    migrations.CreateModel(
        name="ExportJob",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("public_id", core.identifiers.PublicIdField(prefix="exp")),
            ("trial", models.ForeignKey(on_delete=models.PROTECT, related_name="exports", to="trials.trial")),
            (
                "requested_by",
                models.ForeignKey(on_delete=models.PROTECT, related_name="exports", to=settings.AUTH_USER_MODEL),
            ),
            (
                "token",
                models.ForeignKey(null=True, on_delete=models.PROTECT, related_name="exports", to="sponsors.apitoken"),
            ),
            ("idempotency_key", models.CharField(max_length=255)),
            (
                "datasets",
                django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), size=None),
            ),
            ("blinding_class", models.CharField(max_length=12)),
            (
                "site_ids",
                django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), null=True, size=None),
            ),
            (
                "state",
                models.CharField(
                    choices=[
                        ("waiting", "Waiting"),
                        ("running", "Running"),
                        ("succeeded", "Ready"),
                        ("failed", "Failed"),
                        ("cancelled", "Cancelled"),
                    ],
                    default="waiting",
                    max_length=10,
                ),
            ),
            ("done", models.PositiveIntegerField(default=0)),
            ("total", models.PositiveIntegerField(default=0)),
            ("rows", models.PositiveBigIntegerField(default=0)),
            ("files", models.JSONField(default=list)),
            ("failure", models.CharField(blank=True, max_length=300)),
            ("recorded_at", core.clock.RecordedAtField()),
            ("finished_at", models.DateTimeField(blank=True, null=True)),
        ],
        options={
            "constraints": [
                models.UniqueConstraint(fields=("requested_by", "idempotency_key"), name="export_once_per_key")
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
