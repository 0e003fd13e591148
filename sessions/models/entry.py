"""What every entry of a session is: append-only, each once, a correction beside the old row."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from core.guard import Guard
from core.identifiers import PublicIdField
from core.models import SiteRecord
from sessions.models.course import DosingSession


class SessionEntry(SiteRecord):
    """The base of every entry: observed, captured and received are three times; a correction is a new row."""

    guard: ClassVar[Guard] = Guard(append_only=True)

    public_id = PublicIdField(prefix="ent")
    session = models.ForeignKey(DosingSession, models.PROTECT, related_name="%(class)s_entries")
    observed_at = models.DateTimeField()
    captured_at = models.DateTimeField(null=True, blank=True)
    submission_id = models.UUIDField(unique=True)
    amends = models.OneToOneField("self", models.PROTECT, null=True, related_name="amended_by")
    reason = models.CharField("reason for the correction", max_length=300, blank=True)
    withdrawn = models.BooleanField("the corrected entry is taken back", default=False)
    # What was written by hand first and typed later points to the scan.
    paper = models.ForeignKey("dosing.PaperSheet", models.PROTECT, null=True, related_name="+")

    class Meta:
        abstract = True


def correction_has_reason(name: str) -> models.CheckConstraint:
    """Returns the constraint that a correction says why, and that only an entry before it can be taken back."""
    return models.CheckConstraint(
        name=name,
        condition=Q(amends__isnull=True, withdrawn=False) | (Q(amends__isnull=False) & ~Q(reason="")),
    )
