"""Dictionaries as they are loaded, and the coding of verbatims by them."""

import django.contrib.postgres.indexes
import django.contrib.postgres.operations
from django.conf import settings
from django.db import migrations, models

import core.clock
import core.identifiers
from core.tables import CreateTables

MODELS = [
    migrations.CreateModel(
        name="Dictionary",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("public_id", core.identifiers.PublicIdField(prefix="dic")),
            ("kind", models.CharField(choices=[("event", "Adverse events"), ("medicine", "Medicines")], max_length=10)),
            ("name", models.CharField(max_length=40)),
            ("version", models.CharField(max_length=10)),
            ("terms_loaded", models.PositiveIntegerField(verbose_name="terms")),
            ("digest", models.CharField(max_length=64, verbose_name="SHA-256 of the files")),
            ("loaded_at", models.DateTimeField()),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
        ],
        options={
            "constraints": [models.UniqueConstraint(fields=("kind", "version"), name="dictionary_version_once")],
        },
    ),
    migrations.CreateModel(
        name="DictionaryTerm",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("dictionary", models.ForeignKey(on_delete=models.PROTECT, related_name="terms", to="coding.dictionary")),
            ("code", models.CharField(max_length=12)),
            ("name", models.CharField(max_length=250)),
            ("plain", models.CharField(max_length=250)),
            ("current", models.BooleanField(default=True)),
            ("preferred_code", models.CharField(blank=True, max_length=12)),
            ("preferred", models.CharField(blank=True, max_length=250, verbose_name="preferred term")),
            ("high_level", models.CharField(blank=True, max_length=250, verbose_name="high level term")),
            ("high_group", models.CharField(blank=True, max_length=250, verbose_name="high level group term")),
            ("system", models.CharField(blank=True, max_length=250, verbose_name="system organ class")),
        ],
        options={
            "indexes": [
                models.Index(fields=["dictionary", "plain"], name="term_by_name"),
                django.contrib.postgres.indexes.GinIndex(
                    fields=["plain"], name="term_by_likeness", opclasses=["gin_trgm_ops"]
                ),
            ],
            "constraints": [models.UniqueConstraint(fields=("dictionary", "code"), name="term_code_once")],
        },
    ),
    migrations.CreateModel(
        name="DictionaryUse",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("dictionary", models.ForeignKey(on_delete=models.PROTECT, related_name="uses", to="coding.dictionary")),
            ("begins_at", models.DateTimeField()),
            ("reason", models.CharField(max_length=300)),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
        ],
    ),
    migrations.CreateModel(
        name="Synonym",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("kind", models.CharField(choices=[("event", "Adverse events"), ("medicine", "Medicines")], max_length=10)),
            ("plain", models.CharField(max_length=250)),
            ("code", models.CharField(max_length=12)),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
        ],
        options={
            "constraints": [models.UniqueConstraint(fields=("kind", "plain"), name="synonym_once")],
        },
    ),
    migrations.CreateModel(
        name="Coding",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("site", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.site")),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ("public_id", core.identifiers.PublicIdField(prefix="cod")),
            (
                "participant",
                models.ForeignKey(on_delete=models.PROTECT, related_name="codings", to="patients.participant"),
            ),
            ("kind", models.CharField(choices=[("event", "Adverse events"), ("medicine", "Medicines")], max_length=10)),
            ("source_id", models.CharField(max_length=40, verbose_name="public id of the event or the medicine")),
            ("verbatim", models.CharField(max_length=250)),
            ("plain", models.CharField(max_length=250)),
            (
                "state",
                models.CharField(
                    choices=[("waiting", "To code"), ("coded", "Coded"), ("query", "Asked")],
                    default="waiting",
                    max_length=10,
                ),
            ),
            (
                "dictionary",
                models.ForeignKey(null=True, on_delete=models.PROTECT, related_name="codings", to="coding.dictionary"),
            ),
            ("code", models.CharField(blank=True, max_length=12)),
            ("term", models.CharField(blank=True, max_length=250)),
            (
                "way",
                models.CharField(
                    blank=True,
                    choices=[("exact", "By its name"), ("synonym", "By a synonym"), ("coder", "By a coder")],
                    max_length=10,
                ),
            ),
            ("coded_at", models.DateTimeField(blank=True, null=True)),
            (
                "coded_by",
                models.ForeignKey(null=True, on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
            ),
            ("question", models.CharField(blank=True, max_length=300, verbose_name="what the site is asked")),
        ],
        options={
            "indexes": [
                models.Index(condition=models.Q(("state", "waiting")), fields=["kind", "plain"], name="coding_waiting")
            ],
            "constraints": [
                models.UniqueConstraint(fields=("kind", "source_id"), name="coding_once_per_source"),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(
                            ("coded_by__isnull", False),
                            ("dictionary__isnull", False),
                            ("state", "coded"),
                            models.Q(("code", ""), _negated=True),
                        ),
                        models.Q(
                            models.Q(("state", "coded"), _negated=True), ("code", ""), ("dictionary__isnull", True)
                        ),
                        _connector="OR",
                    ),
                    name="coding_whole",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("state", "query"), _negated=True),
                        models.Q(("question", ""), _negated=True),
                        _connector="OR",
                    ),
                    name="coding_asked_what",
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
        # Trusted: the owner of the database may create it.
        django.contrib.postgres.operations.TrigramExtension(),
        CreateTables(MODELS),
    ]
