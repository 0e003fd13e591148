"""The blinded side of the pharmacy. What reveals the arm is in the schema `allocation`; the runtime cannot read it."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from core.clock import RecordedAtField
from core.guard import Guard
from core.identifiers import PublicIdField
from core.models import Person, SiteRecord


class AllocationList(models.Model):
    """The blinded fact that a sealed list exists: who made it, when, and its digest."""

    guard: ClassVar[Guard] = Guard(site=None, append_only=True)

    public_id = PublicIdField(prefix="all")
    trial = models.OneToOneField("trials.Trial", models.PROTECT, related_name="allocation_list")
    protocol_version = models.ForeignKey("trials.ProtocolVersion", models.PROTECT, related_name="+")
    method = models.CharField(max_length=60)
    strata = models.JSONField()
    digest = models.CharField("SHA-256 of the sealed list", max_length=64)
    sealed_at = models.DateTimeField()
    recorded_at = RecordedAtField()
    recorded_by = models.ForeignKey(Person, models.PROTECT, related_name="+")

    # The list is the trial's, so its signature belongs to no single site.
    site_id: ClassVar[None] = None

    def __str__(self) -> str:
        return f"{self.method}, sealed {self.sealed_at:%Y-%m-%d}"

    def signed_content(self) -> Mapping[str, Any]:
        """Returns what the statistician's signature covers."""
        return {"trial": self.trial_id, "method": self.method, "strata": self.strata, "digest": self.digest}


class Kit(SiteRecord):
    """A numbered kit at a site. What it contains is not here."""

    STATES: ClassVar[list[tuple[str, str]]] = [
        ("in_stock", "In stock"),
        ("assigned", "Assigned"),
        ("quarantined", "In quarantine"),
        ("returned", "Returned"),
    ]

    public_id = PublicIdField(prefix="kit")
    number = models.CharField(max_length=20, unique=True)
    state = models.CharField(max_length=12, choices=STATES, default="in_stock")
    participant = models.OneToOneField("patients.Participant", models.PROTECT, null=True, related_name="kit")
    expires_on = models.DateField()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(
                name="kit_assigned_has_participant", condition=~Q(state="assigned") | Q(participant__isnull=False)
            )
        ]

    def __str__(self) -> str:
        return self.number


class KitMovement(SiteRecord):
    """A kit's bottle is received, dispensed to a session or returned; two people, append-only."""

    guard: ClassVar[Guard] = Guard(append_only=True)

    KINDS: ClassVar[list[tuple[str, str]]] = [
        ("receipt", "Received"),
        ("dispense", "Dispensed to a session"),
        ("return", "Returned from a session"),
    ]

    public_id = PublicIdField(prefix="mov")
    kit = models.ForeignKey(Kit, models.PROTECT, related_name="movements")
    kind = models.CharField(max_length=10, choices=KINDS)
    visit = models.ForeignKey("patients.Visit", models.PROTECT, null=True, related_name="kit_movements")
    witness = models.ForeignKey(Person, models.PROTECT, related_name="+")
    observed_at = models.DateTimeField()
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["visit", "kind"], condition=Q(visit__isnull=False), name="one_movement_of_a_kind_per_visit"
            ),
            models.CheckConstraint(name="witness_is_another_person", condition=~Q(witness=models.F("recorded_by"))),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()


class Unblinding(SiteRecord):
    """The blinded fact that one participant was unblinded: who, when and why, never the arm."""

    guard: ClassVar[Guard] = Guard(append_only=True)

    public_id = PublicIdField(prefix="unb")
    participant = models.ForeignKey("patients.Participant", models.PROTECT, related_name="unblindings")
    reason = models.TextField()
    unblinded_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"Unblinded {self.unblinded_at:%Y-%m-%d}"
