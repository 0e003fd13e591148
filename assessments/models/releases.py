"""When the ratings of a participant were opened to the site, by whom and why."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from core.guard import Guard
from core.models import SiteRecord


class RatingRelease(SiteRecord):
    """Opens the raters' scores of one participant to the investigator; before it no page of a site shows them."""

    guard: ClassVar[Guard] = Guard(append_only=True)

    participant = models.OneToOneField("patients.Participant", models.PROTECT, related_name="rating_release")
    reason = models.CharField("why", max_length=300)
    released_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(name="rating_release_says_why", condition=~Q(reason=""))
        ]

    def __str__(self) -> str:
        return f"{self.participant_id} at {self.released_at}"

    def signed_content(self) -> Mapping[str, Any]:
        """Returns what the signature covers."""
        return {"participant": self.participant_id, "reason": self.reason, "released_at": self.released_at}
