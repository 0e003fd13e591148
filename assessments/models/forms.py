"""The trial's own forms beside the protocol file: drafts that are edited, and the versions that were published.

A content with a `role` is that of a form which the file does not hold; its visits stand in trials.FormPlacement.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from core.clock import RecordedAtField
from core.guard import Guard
from core.identifiers import PublicIdField
from core.models import Person


class FormVersion(models.Model):
    """One published version of an own form under a protocol version; immutable, signed, asked from then on."""

    guard: ClassVar[Guard] = Guard(site=None, append_only=True)
    # Signed for the whole trial, so the signature belongs to no single site.
    site_id: ClassVar[None] = None

    public_id = PublicIdField(prefix="ofv")
    protocol_version = models.ForeignKey("trials.ProtocolVersion", models.PROTECT, related_name="form_versions")
    code = models.CharField(max_length=20)
    number = models.PositiveSmallIntegerField("counted from 2 where the protocol's own is the first, else from 1")
    content = models.JSONField("items and checks")
    reason = models.CharField("why it was changed", max_length=300)
    published_at = models.DateTimeField()
    recorded_at = RecordedAtField()
    recorded_by = models.ForeignKey(Person, models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["protocol_version", "code", "number"], name="form_version_once"),
            models.CheckConstraint(name="form_version_has_reason", condition=~Q(reason="")),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.number}"

    def signed_content(self) -> Mapping[str, Any]:
        """Returns what the publisher's signature covers."""
        return {"code": self.code, "number": self.number, "content": self.content, "reason": self.reason}


class FormDraft(models.Model):
    """The next version of an own form while it is written; one at a time, shared by those who may edit."""

    guard: ClassVar[Guard] = Guard(site=None)

    public_id = PublicIdField(prefix="ofd")
    protocol_version = models.ForeignKey("trials.ProtocolVersion", models.PROTECT, related_name="form_drafts")
    code = models.CharField(max_length=20)
    content = models.JSONField("items and checks, faults and all")
    version = models.PositiveIntegerField("version for optimistic editing", default=1)
    closed_at = models.DateTimeField("published or given up at", null=True)
    recorded_at = RecordedAtField()
    recorded_by = models.ForeignKey(Person, models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["protocol_version", "code"], condition=Q(closed_at__isnull=True), name="form_draft_one_open"
            )
        ]

    def __str__(self) -> str:
        return f"Draft of {self.code}"
