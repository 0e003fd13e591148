"""Reminders to participants, and the messages that leave."""

from django.conf import settings
from django.db import migrations, models

import core.clock
import core.identifiers
from core.tables import CreateTables

MODELS = [
    migrations.CreateModel(
        name="Reminder",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("site", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.site")),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ("public_id", core.identifiers.PublicIdField(prefix="rem")),
            ("key", models.CharField(max_length=160, unique=True)),
            ("template", models.CharField(max_length=60)),
            (
                "participant",
                models.ForeignKey(
                    null=True, on_delete=models.PROTECT, related_name="reminders", to="patients.participant"
                ),
            ),
            (
                "person",
                models.ForeignKey(
                    null=True, on_delete=models.PROTECT, related_name="reminders", to=settings.AUTH_USER_MODEL
                ),
            ),
            (
                "visit",
                models.ForeignKey(null=True, on_delete=models.PROTECT, related_name="reminders", to="patients.visit"),
            ),
            ("channel", models.CharField(default="email", max_length=10)),
            ("due_at", models.DateTimeField()),
            (
                "state",
                models.CharField(
                    choices=[("waiting", "Waiting"), ("handed_over", "In the outbox"), ("cancelled", "Cancelled")],
                    default="waiting",
                    max_length=12,
                ),
            ),
            ("cancelled_reason", models.CharField(blank=True, max_length=200)),
        ],
        options={
            "indexes": [
                models.Index(condition=models.Q(("state", "waiting")), fields=["due_at"], name="reminder_waiting")
            ],
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("participant__isnull", False), ("person__isnull", True)),
                        models.Q(("participant__isnull", True), ("person__isnull", False)),
                        _connector="OR",
                    ),
                    name="reminder_has_one_recipient",
                )
            ],
        },
    ),
    migrations.CreateModel(
        name="OutboxMessage",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("site", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to="trials.site")),
            ("recorded_at", core.clock.RecordedAtField()),
            ("recorded_by", models.ForeignKey(on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ("public_id", core.identifiers.PublicIdField(prefix="msg")),
            (
                "reminder",
                models.OneToOneField(on_delete=models.PROTECT, related_name="message", to="reminders.reminder"),
            ),
            ("template", models.CharField(max_length=60)),
            ("template_version", models.PositiveSmallIntegerField()),
            ("language", models.CharField(max_length=10)),
            ("message_id", models.CharField(max_length=120, unique=True, verbose_name="Message-ID of the mail")),
            (
                "state",
                models.CharField(
                    choices=[
                        ("waiting", "Waiting to leave"),
                        ("sent", "Sent"),
                        ("failed", "Failed"),
                        ("cancelled", "Cancelled"),
                    ],
                    default="waiting",
                    max_length=10,
                ),
            ),
            ("attempts", models.PositiveSmallIntegerField(default=0)),
            ("next_attempt_at", models.DateTimeField(blank=True, null=True)),
            ("sent_at", models.DateTimeField(blank=True, null=True)),
            ("failure", models.CharField(blank=True, max_length=200, verbose_name="why it did not leave")),
        ],
        options={
            "indexes": [models.Index(condition=models.Q(("state", "waiting")), fields=["id"], name="outbox_waiting")],
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("state", "sent"), ("sent_at__isnull", False)),
                        models.Q(models.Q(("state", "sent"), _negated=True), ("sent_at__isnull", True)),
                        _connector="OR",
                    ),
                    name="message_sent_has_time",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("state__in", ["failed", "cancelled"]), _negated=True),
                        models.Q(("failure", ""), _negated=True),
                        _connector="OR",
                    ),
                    name="message_not_sent_says_why",
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
