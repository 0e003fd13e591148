"""That a case was reported to regulators, unblinded, by somebody apart from site and blinded sponsor."""

from typing import ClassVar

from django.db import models

from core.guard import Guard
from core.models import SiteRecord
from safety.models.events import AdverseEvent


class RegulatorNotice(SiteRecord):
    """When a case was first reported unblinded; the database writes it for the unblinded room, and nobody else.

    It holds nothing of what was reported: it is the same row whatever the participant was given.
    """

    guard: ClassVar[Guard] = Guard(append_only=True)

    event = models.OneToOneField(AdverseEvent, models.PROTECT, related_name="regulator_notice")
    reported_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"Reported {self.reported_at:%Y-%m-%d}"
