import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import core.clock
import core.identifiers


class Migration(migrations.Migration):
    """Leads with what is said and asked before consent; keys of identities in a schema of their own."""

    dependencies = [
        ("patients", "0002_guard"),
        ("trials", "0004_qualifications"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunSQL(
            ["CREATE SCHEMA keyring;", f'GRANT USAGE ON SCHEMA keyring TO "{settings.RUNTIME_LOGIN}";'],
            reverse_sql="DROP SCHEMA keyring;",
        ),
        migrations.CreateModel(
            name="PreScreen",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("recorded_at", core.clock.RecordedAtField()),
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
            options={
                "abstract": False,
            },
        ),
        migrations.AddField(
            model_name="identity",
            name="erased_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="identity",
            name="erased_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="identity",
            name="public_id",
            field=core.identifiers.PublicIdField(null=True, prefix="idn"),
        ),
        migrations.AlterField(
            model_name="identity",
            name="ciphertext",
            field=models.BinaryField(null=True),
        ),
        migrations.AlterField(
            model_name="identity",
            name="participant",
            field=models.OneToOneField(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="identity",
                to="patients.participant",
            ),
        ),
        migrations.CreateModel(
            name="IdentityKey",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("wrapped", models.BinaryField(null=True)),
                ("master", models.CharField(max_length=16)),
                ("person_digest", models.CharField(blank=True, max_length=64)),
                ("phone_digest", models.CharField(blank=True, max_length=64)),
                ("email_digest", models.CharField(blank=True, max_length=64)),
                (
                    "identity",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="key", to="patients.identity"
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="trials.site"),
                ),
            ],
            options={
                "db_table": '"keyring"."identity_key"',
            },
        ),
        migrations.CreateModel(
            name="Lead",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("recorded_at", core.clock.RecordedAtField()),
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
                ("submission_id", models.UUIDField(unique=True)),
                (
                    "participant",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lead",
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
        ),
        migrations.CreateModel(
            name="ContactAttempt",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("recorded_at", core.clock.RecordedAtField()),
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
                (
                    "lead",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="attempts", to="patients.lead"
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.AddField(
            model_name="identity",
            name="lead",
            field=models.OneToOneField(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="identity", to="patients.lead"
            ),
        ),
        migrations.AddConstraint(
            model_name="identity",
            constraint=models.CheckConstraint(
                condition=models.Q(("lead__isnull", False), ("participant__isnull", False), _connector="OR"),
                name="identity_is_somebodys",
            ),
        ),
        migrations.AddConstraint(
            model_name="identity",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ciphertext__isnull", False), ("erased_at__isnull", True)),
                    models.Q(("ciphertext__isnull", True), ("erased_at__isnull", False), ("erased_by__isnull", False)),
                    _connector="OR",
                ),
                name="identity_held_or_erased",
            ),
        ),
        migrations.AddField(
            model_name="prescreen",
            name="lead",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="prescreens", to="patients.lead"
            ),
        ),
        migrations.AddField(
            model_name="prescreen",
            name="protocol_version",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="trials.protocolversion"
            ),
        ),
        migrations.AddField(
            model_name="prescreen",
            name="recorded_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="prescreen",
            name="site",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="trials.site"),
        ),
        migrations.AddIndex(
            model_name="identitykey",
            index=models.Index(fields=["person_digest"], name="identity_by_person"),
        ),
        migrations.AddIndex(
            model_name="identitykey",
            index=models.Index(fields=["phone_digest"], name="identity_by_phone"),
        ),
        migrations.AddIndex(
            model_name="identitykey",
            index=models.Index(fields=["email_digest"], name="identity_by_email"),
        ),
        migrations.AddIndex(
            model_name="lead",
            index=models.Index(fields=["site", "state", "next_contact_on"], name="patients_le_site_id_ac9df7_idx"),
        ),
        migrations.AddIndex(
            model_name="lead",
            index=models.Index(fields=["site", "waiting_rank"], name="patients_le_site_id_da9f9d_idx"),
        ),
        migrations.AddConstraint(
            model_name="lead",
            constraint=models.UniqueConstraint(fields=("site", "number"), name="lead_number_once"),
        ),
        migrations.AddConstraint(
            model_name="lead",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "closed"), _negated=True),
                    models.Q(("close_reason", ""), _negated=True),
                    _connector="OR",
                ),
                name="lead_closed_has_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="lead",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("participant__isnull", False), ("state", "converted")),
                    models.Q(models.Q(("state", "converted"), _negated=True), ("participant__isnull", True)),
                    _connector="OR",
                ),
                name="lead_converted_has_participant",
            ),
        ),
        migrations.AddConstraint(
            model_name="lead",
            constraint=models.CheckConstraint(
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
        ),
    ]
