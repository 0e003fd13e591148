"""What is due to be said to whom, and what was said: rows in Postgres; Celery is only the hand that moves."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from core.guard import Guard
from core.identifiers import PublicIdField
from core.models import Person, SiteRecord


class Reminder(SiteRecord):
    """A message that becomes due; one key for one template, person and occasion."""

    STATES: ClassVar[list[tuple[str, str]]] = [
        ("waiting", "Waiting"),
        ("handed_over", "In the outbox"),
        ("cancelled", "Cancelled"),
    ]

    public_id = PublicIdField(prefix="rem")
    key = models.CharField(max_length=160, unique=True)
    template = models.CharField(max_length=60)
    participant = models.ForeignKey("patients.Participant", models.PROTECT, null=True, related_name="reminders")
    person = models.ForeignKey(Person, models.PROTECT, null=True, related_name="reminders")
    visit = models.ForeignKey("patients.Visit", models.PROTECT, null=True, related_name="reminders")
    channel = models.CharField(max_length=10, default="email")
    due_at = models.DateTimeField()
    state = models.CharField(max_length=12, choices=STATES, default="waiting")
    cancelled_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(
                name="reminder_has_one_recipient",
                condition=(Q(participant__isnull=False) & Q(person__isnull=True))
                | (Q(participant__isnull=True) & Q(person__isnull=False)),
            )
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["due_at"], name="reminder_waiting", condition=Q(state="waiting"))
        ]

    def __str__(self) -> str:
        return self.key


class SentEntry(SiteRecord):
    """An entry for a participant's own calendar as it left with a mail; the latest of a visit is what they have."""

    guard: ClassVar[Guard] = Guard(append_only=True)

    visit = models.ForeignKey("patients.Visit", models.PROTECT, related_name="sent_entries")
    uid = models.CharField("name of the entry, which tells nothing", max_length=160)
    sequence = models.PositiveSmallIntegerField("how often it was changed")
    starts_at = models.DateTimeField()
    cancelled = models.BooleanField(default=False)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["visit", "sequence"], name="sent_entry_once_per_change")
        ]

    def __str__(self) -> str:
        return f"{self.uid} {self.sequence}"


class OutboxMessage(SiteRecord):
    """One message on its way; keeps template version and ids, never the body."""

    STATES: ClassVar[list[tuple[str, str]]] = [
        ("waiting", "Waiting to leave"),
        ("sent", "Sent"),
        ("failed", "Failed"),
        ("cancelled", "Cancelled"),
    ]

    public_id = PublicIdField(prefix="msg")
    reminder = models.OneToOneField(Reminder, models.PROTECT, related_name="message")
    template = models.CharField(max_length=60)
    template_version = models.PositiveSmallIntegerField()
    language = models.CharField(max_length=10)
    message_id = models.CharField("Message-ID of the mail", max_length=120, unique=True)
    state = models.CharField(max_length=10, choices=STATES, default="waiting")
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    failure = models.CharField("why it did not leave", max_length=200, blank=True)

    class Meta:
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["id"], name="outbox_waiting", condition=Q(state="waiting"))
        ]
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(
                name="message_sent_has_time",
                condition=(Q(state="sent") & Q(sent_at__isnull=False)) | (~Q(state="sent") & Q(sent_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="message_not_sent_says_why", condition=~Q(state__in=["failed", "cancelled"]) | ~Q(failure="")
            ),
        ]

    def __str__(self) -> str:
        return self.message_id
