"""Brings consent signed on the tablet, what shows the name of who consented, campaigns and preferences."""

import django.db.models.deletion
import django_fsm
from django.conf import settings
from django.db import migrations, models

import core.clock
import core.identifiers


class Migration(migrations.Migration):
    """What shows who signed stands in the vault."""

    dependencies = [
        ("patients", "0006_randomisation_factors"),
        ("trials", "0005_consent_forms"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="consent",
            name="steps_digest",
            field=models.CharField(blank=True, max_length=64, verbose_name="SHA-256 of the steps on the tablet"),
        ),
        migrations.AddField(
            model_name="consent",
            name="way",
            field=models.CharField(
                choices=[("tablet", "On the tablet"), ("paper", "On paper")], default="paper", max_length=10
            ),
        ),
        migrations.AddField(
            model_name="consent",
            name="witness",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="consent",
            name="zone",
            field=models.CharField(default="UTC", max_length=60, verbose_name="time zone of the place"),
        ),
        migrations.CreateModel(
            name="ConsentSeal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("recorded_at", core.clock.RecordedAtField()),
                ("media_type", models.CharField(max_length=30)),
                ("digest", models.CharField(max_length=64, verbose_name="SHA-256 of the content")),
                ("size", models.PositiveIntegerField(verbose_name="size in bytes")),
                ("pages", models.PositiveSmallIntegerField(null=True)),
                ("ciphertext", models.BinaryField()),
                (
                    "participant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="consent_seals",
                        to="patients.participant",
                    ),
                ),
                (
                    "recorded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="trials.site"),
                ),
            ],
            options={
                "db_table": '"vault"."consent_seal"',
            },
        ),
        migrations.AddField(
            model_name="consent",
            name="seal",
            field=models.OneToOneField(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="consent",
                to="patients.consentseal",
            ),
        ),
        migrations.CreateModel(
            name="ConsentSigning",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("recorded_at", core.clock.RecordedAtField()),
                ("public_id", core.identifiers.PublicIdField(prefix="sgn")),
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
                ("signed_at", models.DateTimeField(null=True)),
                (
                    "form",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="signings", to="trials.consentform"
                    ),
                ),
                (
                    "participant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="signings", to="patients.participant"
                    ),
                ),
                (
                    "recorded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "seal",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="signing",
                        to="patients.consentseal",
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="trials.site"),
                ),
            ],
        ),
        migrations.AddField(
            model_name="consent",
            name="signing",
            field=models.OneToOneField(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="consent",
                to="patients.consentsigning",
            ),
        ),
        migrations.CreateModel(
            name="ConsentStep",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("recorded_at", core.clock.RecordedAtField()),
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
                (
                    "recorded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "signing",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="steps", to="patients.consentsigning"
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="trials.site"),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="ParticipantPreference",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("recorded_at", core.clock.RecordedAtField()),
                ("code", models.CharField(max_length=40)),
                ("level", models.CharField(max_length=40)),
                ("observed_at", models.DateTimeField()),
                (
                    "participant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="preferences",
                        to="patients.participant",
                    ),
                ),
                (
                    "recorded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="trials.site"),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="ReconsentCampaign",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("recorded_at", core.clock.RecordedAtField()),
                ("public_id", core.identifiers.PublicIdField(prefix="rcc")),
                ("form_version", models.CharField(max_length=20)),
                ("reason", models.TextField(verbose_name="what changed, for the participants")),
                ("sign_by", models.DateField()),
                ("closed_at", models.DateTimeField(null=True)),
                (
                    "protocol_version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="trials.protocolversion"
                    ),
                ),
                (
                    "recorded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="trials.site"),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="consentsigning",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["reading", "signed"])),
                fields=("participant",),
                name="one_open_signing",
            ),
        ),
        migrations.AddConstraint(
            model_name="consentsigning",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("seal__isnull", False), ("signed_at__isnull", False)),
                    ("state__in", ["reading", "ended", "abandoned"]),
                    _connector="OR",
                ),
                name="signed_has_its_seal",
            ),
        ),
        migrations.AddConstraint(
            model_name="reconsentcampaign",
            constraint=models.UniqueConstraint(fields=("site", "form_version"), name="campaign_once_per_form"),
        ),
    ]
