"""A re-consent campaign of a site, and what participants narrow of what they consented to."""

from typing import Any, ClassVar

from django.db import models

from core.guard import Guard
from core.identifiers import PublicIdField
from core.models import SiteRecord
from patients.models.participant import Participant


class ReconsentCampaign(SiteRecord):
    """Everybody at a site who consented to an earlier form signs a newer one by a day."""

    public_id = PublicIdField(prefix="rcc")
    protocol_version = models.ForeignKey("trials.ProtocolVersion", models.PROTECT, related_name="+")
    form_version = models.CharField(max_length=20)
    reason = models.TextField("what changed, for the participants")
    sign_by = models.DateField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["site", "form_version"], name="campaign_once_per_form")
        ]

    def __str__(self) -> str:
        return f"Re-consent to version {self.form_version} by {self.sign_by}"


class ParticipantPreference(SiteRecord):
    """How much of something, such as touch, a participant wants from a moment on; the latest row counts."""

    guard: ClassVar[Guard] = Guard(append_only=True)

    participant = models.ForeignKey(Participant, models.PROTECT, related_name="preferences")
    code = models.CharField(max_length=40)
    level = models.CharField(max_length=40)
    observed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.code}: {self.level}"
