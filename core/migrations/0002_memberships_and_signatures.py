"""Memberships and signatures, which say at which site: they come after the sites."""

from django.conf import settings
from django.db import migrations, models

import core.clock
import core.identifiers
from core.tables import CreateTables

MODELS = [
    migrations.CreateModel(
        name="Membership",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "person",
                models.ForeignKey(on_delete=models.PROTECT, related_name="memberships", to=settings.AUTH_USER_MODEL),
            ),
            (
                "role",
                models.CharField(
                    choices=[
                        ("coordinator", "Research coordinator"),
                        ("therapist", "Therapist"),
                        ("independent_rater", "Independent rater"),
                        ("pharmacist", "Pharmacist (unblinded)"),
                        ("principal_investigator", "Principal investigator"),
                        ("monitor", "Monitor"),
                        ("data_manager", "Data manager"),
                        ("safety_officer", "Safety officer"),
                        ("administrator", "Administrator"),
                        ("unblinded_statistician", "Unblinded statistician"),
                        ("medical_monitor", "Medical monitor"),
                        ("impartial_witness", "Impartial witness"),
                        ("ombudsperson", "Ombudsperson"),
                        ("adherence_reviewer", "Adherence reviewer"),
                        ("system", "System"),
                    ],
                    max_length=30,
                ),
            ),
            (
                "site",
                models.ForeignKey(
                    blank=True, null=True, on_delete=models.PROTECT, related_name="memberships", to="trials.site"
                ),
            ),
            ("starts_at", models.DateTimeField()),
            ("ends_at", models.DateTimeField(blank=True, null=True)),
        ],
        options={
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(
                        ("ends_at__isnull", True), ("ends_at__gt", models.F("starts_at")), _connector="OR"
                    ),
                    name="membership_ends_after_start",
                )
            ],
        },
    ),
    migrations.CreateModel(
        name="Signature",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("public_id", core.identifiers.PublicIdField(prefix="sig")),
            ("site", models.ForeignKey(null=True, on_delete=models.PROTECT, related_name="+", to="trials.site")),
            ("record_table", models.CharField(max_length=63)),
            ("record_id", models.BigIntegerField()),
            (
                "signer",
                models.ForeignKey(on_delete=models.PROTECT, related_name="signatures", to=settings.AUTH_USER_MODEL),
            ),
            ("printed_name", models.CharField(max_length=120)),
            ("role", models.CharField(max_length=200)),
            (
                "meaning",
                models.CharField(
                    choices=[
                        ("authorship", "I wrote this record and it is complete and true."),
                        ("review", "I have reviewed this record."),
                        ("approval", "I approve this record."),
                        ("acceptance", "I accept this duty and will do it as the protocol says."),
                        ("responsibility", "I take responsibility for this decision."),
                        (
                            "consent",
                            "I discussed this with the participant, answered what was asked, and saw it given freely.",
                        ),
                        ("witness", "I was present while it was explained, and saw the participant consent freely."),
                    ],
                    max_length=20,
                ),
            ),
            ("digest", models.CharField(max_length=64)),
            ("canonical_version", models.PositiveSmallIntegerField()),
            ("signed_at", core.clock.RecordedAtField()),
            ("zone", models.CharField(max_length=60)),
            ("superseded_at", models.DateTimeField(editable=False, null=True)),
        ],
        options={
            "indexes": [models.Index(fields=["record_table", "record_id"], name="core_signat_record__8fe0df_idx")],
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
