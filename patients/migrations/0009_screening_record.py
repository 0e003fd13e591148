import django.db.models.deletion
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models

import core.clock
import core.identifiers


class Migration(migrations.Migration):
    """History, treatments, medicines, results with their ranges and files, judgements, contradictions, failures."""

    dependencies = [
        ("patients", "0008_consent_guard"),
        ("trials", "0004_qualifications"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ClinicalJudgement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("recorded_at", core.clock.RecordedAtField()),
                ("public_id", core.identifiers.PublicIdField(prefix="jdg")),
                ("answers", models.JSONField(default=dict)),
                ("results", models.JSONField(default=list)),
                ("duties", models.JSONField(default=list)),
                ("grounds", models.CharField(max_length=600, verbose_name="on what grounds")),
                ("judged_at", models.DateTimeField()),
                ("submission_id", models.UUIDField(unique=True)),
                (
                    "participant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="judgements",
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
        migrations.AddField(
            model_name="fact",
            name="judgement",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="facts",
                to="patients.clinicaljudgement",
            ),
        ),
        migrations.CreateModel(
            name="ResultFile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("recorded_at", core.clock.RecordedAtField()),
                ("public_id", core.identifiers.PublicIdField(prefix="csv")),
                ("name", models.CharField(max_length=120)),
                ("digest", models.CharField(max_length=64, verbose_name="SHA-256")),
                ("size", models.PositiveIntegerField(verbose_name="size in bytes")),
                ("packed", models.BinaryField()),
                ("sent_at", models.DateTimeField()),
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
                "constraints": [models.UniqueConstraint(fields=("site", "digest"), name="result_file_once")],
            },
        ),
        migrations.CreateModel(
            name="Result",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("recorded_at", core.clock.RecordedAtField()),
                ("public_id", core.identifiers.PublicIdField(prefix="res")),
                ("measure", models.CharField(max_length=40)),
                ("value", models.CharField(max_length=40)),
                ("unit", models.CharField(blank=True, max_length=20)),
                ("reported_value", models.CharField(max_length=40)),
                ("reported_unit", models.CharField(blank=True, max_length=20)),
                ("laboratory", models.CharField(max_length=80)),
                ("report", models.CharField(blank=True, max_length=60, verbose_name="number of the report")),
                ("collected_at", models.DateTimeField()),
                ("computed", models.BooleanField(default=False)),
                ("reason", models.CharField(blank=True, max_length=300, verbose_name="reason for the correction")),
                (
                    "participant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="results", to="patients.participant"
                    ),
                ),
                (
                    "recorded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "replaces",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="replaced_by",
                        to="patients.result",
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="trials.site"),
                ),
                (
                    "visit",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="results",
                        to="patients.visit",
                    ),
                ),
                (
                    "file",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="results",
                        to="patients.resultfile",
                    ),
                ),
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
        migrations.CreateModel(
            name="ResultLoad",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("recorded_at", core.clock.RecordedAtField()),
                ("new", models.PositiveIntegerField()),
                ("changed", models.PositiveIntegerField()),
                ("same", models.PositiveIntegerField()),
                ("loaded_at", models.DateTimeField()),
                (
                    "file",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="loads", to="patients.resultfile"
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
            name="ScreenFailure",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("recorded_at", core.clock.RecordedAtField()),
                ("category", models.CharField(max_length=20)),
                ("criteria", models.JSONField(default=list)),
                ("note", models.CharField(blank=True, max_length=300)),
                ("failed_at", models.DateTimeField()),
                (
                    "participant",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="screen_failure",
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
            name="EligibilityContradiction",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("recorded_at", core.clock.RecordedAtField()),
                ("public_id", core.identifiers.PublicIdField(prefix="ctr")),
                ("criteria", models.JSONField(verbose_name="ids of the criteria that fail now")),
                ("raised_at", models.DateTimeField()),
                (
                    "assessment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="contradictions",
                        to="patients.eligibilityassessment",
                    ),
                ),
                (
                    "fact",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="patients.fact"
                    ),
                ),
                (
                    "participant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="contradictions",
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
                "constraints": [models.UniqueConstraint(fields=("assessment", "fact"), name="contradiction_once")],
            },
        ),
        migrations.CreateModel(
            name="HistoryEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("recorded_at", core.clock.RecordedAtField()),
                ("source", models.CharField(max_length=120)),
                ("observed_at", models.DateTimeField(verbose_name="asked at")),
                ("reason", models.CharField(blank=True, max_length=300, verbose_name="reason for the change")),
                ("withdrawn", models.BooleanField(default=False, verbose_name="entered by mistake")),
                ("submission_id", models.UUIDField(unique=True)),
                ("public_id", core.identifiers.PublicIdField(prefix="hst")),
                (
                    "kind",
                    models.CharField(choices=[("medical", "Medical"), ("psychiatric", "Psychiatric")], max_length=12),
                ),
                ("term", models.CharField(max_length=200, verbose_name="condition")),
                ("started", models.CharField(blank=True, max_length=10)),
                ("ended", models.CharField(blank=True, max_length=10)),
                ("ongoing", models.BooleanField(default=False)),
                (
                    "coded_term",
                    models.CharField(blank=True, max_length=200, verbose_name="term of the dictionary, given later"),
                ),
                ("note", models.CharField(blank=True, max_length=300)),
                (
                    "participant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)s_entries",
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
                    "replaces",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="replaced_by",
                        to="patients.historyentry",
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="trials.site"),
                ),
            ],
            options={
                "abstract": False,
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
            name="LabRange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("recorded_at", core.clock.RecordedAtField()),
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
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("low__isnull", False), ("high__isnull", False), _connector="OR"),
                        name="lab_range_has_a_limit",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("low__isnull", True),
                            ("high__isnull", True),
                            ("low__lt", models.F("high")),
                            _connector="OR",
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
            name="Medicine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("recorded_at", core.clock.RecordedAtField()),
                ("source", models.CharField(max_length=120)),
                ("observed_at", models.DateTimeField(verbose_name="asked at")),
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
                (
                    "participant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)s_entries",
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
                    "replaces",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="replaced_by",
                        to="patients.medicine",
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="trials.site"),
                ),
            ],
            options={
                "abstract": False,
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
            name="PriorTreatment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("recorded_at", core.clock.RecordedAtField()),
                ("source", models.CharField(max_length=120)),
                ("observed_at", models.DateTimeField(verbose_name="asked at")),
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
                (
                    "participant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)s_entries",
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
                    "replaces",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="replaced_by",
                        to="patients.priortreatment",
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="trials.site"),
                ),
            ],
            options={
                "abstract": False,
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
                ("recorded_at", core.clock.RecordedAtField()),
                ("source", models.CharField(max_length=120)),
                ("observed_at", models.DateTimeField(verbose_name="asked at")),
                ("reason", models.CharField(blank=True, max_length=300, verbose_name="reason for the change")),
                ("withdrawn", models.BooleanField(default=False, verbose_name="entered by mistake")),
                ("submission_id", models.UUIDField(unique=True)),
                ("public_id", core.identifiers.PublicIdField(prefix="use")),
                ("year", models.PositiveSmallIntegerField()),
                ("occasions", models.PositiveSmallIntegerField()),
                ("last_used", models.CharField(blank=True, max_length=10)),
                ("context", models.CharField(blank=True, max_length=20)),
                ("note", models.CharField(blank=True, max_length=300)),
                (
                    "participant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)s_entries",
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
                    "replaces",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="replaced_by",
                        to="patients.prioruseentry",
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="trials.site"),
                ),
            ],
            options={
                "abstract": False,
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
    ]
