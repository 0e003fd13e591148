"""Keys of the sponsor's API, and export jobs."""

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from core.clock import RecordedAtField
from core.guard import Guard
from core.identifiers import PublicIdField
from core.models import Person


class ApiToken(models.Model):
    """A token for a script: scopes, sites and blinding class; the secret is shown once and kept as a digest."""

    guard: ClassVar[Guard] = Guard(site=None)

    BLINDING_CLASSES: ClassVar[list[tuple[str, str]]] = [
        ("functional", "Blinded; may read vital signs and session events"),
        ("efficacy", "Blinded; may read outcome data after lock"),
    ]

    public_id = PublicIdField(prefix="tok")
    name = models.CharField(max_length=80)
    owner = models.ForeignKey(Person, models.PROTECT, related_name="api_tokens")
    trial = models.ForeignKey("trials.Trial", models.PROTECT, related_name="api_tokens")
    digest = models.CharField(max_length=64, unique=True)
    scopes = ArrayField(models.CharField(max_length=40))
    blinding_class = models.CharField(max_length=12, choices=BLINDING_CLASSES)
    site_ids = ArrayField(models.BigIntegerField(), default=list, blank=True)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    recorded_at = RecordedAtField()

    def __str__(self) -> str:
        return self.name


class ExportJob(models.Model):
    """An export of the sponsor's datasets, made by a worker; every file has rows and a checksum."""

    guard: ClassVar[Guard] = Guard(site=None)

    STATES: ClassVar[list[tuple[str, str]]] = [
        ("waiting", "Waiting"),
        ("running", "Running"),
        ("succeeded", "Ready"),
        ("failed", "Failed"),
        ("cancelled", "Cancelled"),
    ]

    public_id = PublicIdField(prefix="exp")
    trial = models.ForeignKey("trials.Trial", models.PROTECT, related_name="exports")
    requested_by = models.ForeignKey(Person, models.PROTECT, related_name="exports")
    token = models.ForeignKey(ApiToken, models.PROTECT, null=True, related_name="exports")
    idempotency_key = models.CharField(max_length=255)
    datasets = ArrayField(models.CharField(max_length=40))
    blinding_class = models.CharField(max_length=12)
    site_ids = ArrayField(models.BigIntegerField(), null=True)
    state = models.CharField(max_length=10, choices=STATES, default="waiting")
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    rows = models.PositiveBigIntegerField(default=0)
    files = models.JSONField(default=list)
    failure = models.CharField(max_length=300, blank=True)
    recorded_at = RecordedAtField()
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["requested_by", "idempotency_key"], name="export_once_per_key")
        ]

    def __str__(self) -> str:
        return self.public_id
