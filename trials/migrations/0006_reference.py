"""Versions of the reference safety information, and what each lists."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import core.clock
import core.identifiers


class Migration(migrations.Migration):
    """Adds what the models say."""

    dependencies = [
        ("trials", "0005_consent_forms"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ReferenceVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", core.identifiers.PublicIdField(prefix="rsi")),
                ("version", models.CharField(max_length=20)),
                ("effective_on", models.DateField(verbose_name="in force from")),
                ("document", models.CharField(max_length=200, verbose_name="document it is taken from")),
                ("digest", models.CharField(max_length=64, verbose_name="SHA-256 of the listed terms")),
                ("recorded_at", core.clock.RecordedAtField()),
                (
                    "recorded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "trial",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reference_versions",
                        to="trials.trial",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ReferenceTerm",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
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
                (
                    "recorded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "reference",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="terms", to="trials.referenceversion"
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="referenceversion",
            constraint=models.UniqueConstraint(fields=("trial", "version"), name="reference_version_once"),
        ),
        migrations.AddConstraint(
            model_name="referenceversion",
            constraint=models.UniqueConstraint(fields=("trial", "effective_on"), name="reference_from_a_day_once"),
        ),
        migrations.AddConstraint(
            model_name="referenceterm",
            constraint=models.UniqueConstraint(fields=("reference", "term"), name="reference_term_once"),
        ),
    ]
