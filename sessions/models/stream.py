"""The stream of a session, and what its devices sent."""

from typing import Any, ClassVar

from django.db import models

from core.guard import Guard
from core.identifiers import PublicIdField
from core.models import SiteRecord
from sessions.models.course import DosingSession


class StreamPosition(SiteRecord):
    """The place of an entry in the stream of its session: one sequence over all kinds, in the order of commits.

    The database writes it with the entry (see stream.py); nobody else can.
    """

    guard: ClassVar[Guard] = Guard(append_only=True)

    session = models.ForeignKey(DosingSession, models.PROTECT, related_name="stream")
    sequence = models.PositiveIntegerField()
    kind = models.CharField(max_length=20)
    entry = PublicIdField(prefix="ent")

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["session", "sequence"], name="stream_sequence_once"),
        ]

    def __str__(self) -> str:
        return f"{self.sequence} {self.kind}"


class Capture(SiteRecord):
    """What a device sent for one entry: told from another by its digest, with how the device's clock stood."""

    guard: ClassVar[Guard] = Guard(append_only=True)

    session = models.ForeignKey(DosingSession, models.PROTECT, related_name="captures")
    submission_id = models.UUIDField(unique=True)
    digest = models.CharField(max_length=64)
    kind = models.CharField(max_length=20)
    entry = PublicIdField(prefix="ent")
    clock_offset_ms = models.IntegerField("server's clock less the device's, when it was captured")
    sent_offset_ms = models.IntegerField("the same, when it was sent")
    clock_drifted = models.BooleanField("the device's clock was further off than the protocol allows")
    while_locked = models.BooleanField("captured while the tablet was locked", default=False)

    def __str__(self) -> str:
        return f"{self.kind} {self.submission_id}"
