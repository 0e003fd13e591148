"""Who may not give doses for now, and which pairs were signed off after their first participant."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q

from core.guard import Guard
from core.identifiers import PublicIdField
from core.models import Person, SiteRecord


class TherapistRest(SiteRecord):
    """The dosing privilege of a therapist rests until whom the protocol names restores it by signature."""

    CAUSES: ClassVar[list[tuple[str, str]]] = [
        ("threshold", "Reviews below the threshold of the protocol"),
        ("breach", "A breach was seen in a recording"),
        ("boundary", "A concern of a boundary review"),
    ]

    public_id = PublicIdField(prefix="rst")
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    cause = models.CharField(max_length=10, choices=CAUSES)
    reason = models.CharField(max_length=300)
    rested_at = models.DateTimeField()
    restored_at = models.DateTimeField(null=True)
    restored_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    restore_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["site", "person", "cause"],
                condition=Q(restored_at__isnull=True),
                name="one_open_rest_per_cause",
            ),
            models.CheckConstraint(
                name="rest_restored_by_whom_and_why",
                condition=Q(restored_at__isnull=True) | (Q(restored_by__isnull=False) & ~Q(restore_reason="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id}: {self.get_cause_display().lower()}"

    def signed_content(self) -> dict[str, Any]:
        """Returns what the signature of who restores it covers."""
        return {"person": self.person_id, "cause": self.cause, "reason": self.reason, "restored": self.restore_reason}


class PairSignOff(SiteRecord):
    """Supervision looked at a pair's first session with its first participant, and lets the pair go on."""

    guard: ClassVar[Guard] = Guard(append_only=True)

    session = models.ForeignKey("dosing.DosingSession", models.PROTECT, related_name="sign_offs")
    first = models.ForeignKey(Person, models.PROTECT, related_name="+")
    second = models.ForeignKey(Person, models.PROTECT, related_name="+")
    findings = models.TextField()
    signed_off_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["site", "first", "second"], name="pair_signed_off_once"),
            models.CheckConstraint(name="pair_is_in_order", condition=Q(first__lt=F("second"))),
        ]

    def __str__(self) -> str:
        return f"{self.first_id} and {self.second_id}"

    def signed_content(self) -> dict[str, Any]:
        """Returns what the signature covers."""
        return {"session": self.session_id, "pair": [self.first_id, self.second_id], "findings": self.findings}
