"""Verdicts on the criteria, and the blinded fact of an allocation."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.db import models

from core.guard import Guard
from core.identifiers import PublicIdField
from core.models import SiteRecord
from patients.models.fact import Fact
from patients.models.participant import Participant


class EligibilityAssessment(SiteRecord):
    """The verdict on every criterion as it stood at one moment, with the evidence beside each; signed as shown."""

    guard: ClassVar[Guard] = Guard(append_only=True)

    RESULTS: ClassVar[list[tuple[str, str]]] = [
        ("eligible", "Eligible"),
        ("not_eligible", "Not eligible"),
        ("undetermined", "Undetermined"),
    ]

    public_id = PublicIdField(prefix="elg")
    participant = models.ForeignKey(Participant, models.PROTECT, related_name="eligibility_assessments")
    visit_code = models.CharField(max_length=20)
    protocol_version = models.ForeignKey("trials.ProtocolVersion", models.PROTECT, related_name="+")
    result = models.CharField(max_length=20, choices=RESULTS)
    criteria = models.JSONField()
    judged_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.get_result_display()

    def signed_content(self) -> Mapping[str, Any]:
        """Returns what the investigator's signature covers."""
        return {
            "participant": self.participant_id,
            "visit": self.visit_code,
            "protocol_version": self.protocol_version_id,
            "result": self.result,
            "criteria": self.criteria,
        }


class EligibilityContradiction(SiteRecord):
    """A value that speaks against a signed verdict; until a newer verdict is signed, the next step is closed."""

    guard: ClassVar[Guard] = Guard(append_only=True)

    public_id = PublicIdField(prefix="ctr")
    participant = models.ForeignKey(Participant, models.PROTECT, related_name="contradictions")
    assessment = models.ForeignKey(EligibilityAssessment, models.PROTECT, related_name="contradictions")
    fact = models.ForeignKey(Fact, models.PROTECT, related_name="+")
    criteria = models.JSONField("ids of the criteria that fail now")
    raised_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["assessment", "fact"], name="contradiction_once")
        ]

    def __str__(self) -> str:
        return ", ".join(self.criteria)

    @property
    def sentence(self) -> str:
        """Returns in words what closes the next step, and what opens it."""
        return f"A value recorded later speaks against the signed eligibility ({self}). Judge it anew and sign first."


class ScreenFailure(SiteRecord):
    """Why somebody did not go on before randomisation: the criteria that speak against it, or another reason."""

    guard: ClassVar[Guard] = Guard(append_only=True)

    participant = models.OneToOneField(Participant, models.PROTECT, related_name="screen_failure")
    category = models.CharField(max_length=20)
    criteria = models.JSONField(default=list)
    note = models.CharField(max_length=300, blank=True)
    failed_at = models.DateTimeField()

    def __str__(self) -> str:
        return ", ".join(self.criteria) or self.category


class Randomisation(SiteRecord):
    """The blinded fact that a participant was allocated: a number and a kit, never an arm."""

    guard: ClassVar[Guard] = Guard(append_only=True)

    public_id = PublicIdField(prefix="rnd")
    participant = models.OneToOneField(Participant, models.PROTECT, related_name="randomisation")
    randomisation_number = models.CharField(max_length=20, unique=True)
    kit_number = models.CharField(max_length=20, unique=True)
    stratum = models.CharField(max_length=300)
    factors = models.JSONField("factors of the stratum with their values, frozen", default=dict)
    randomised_at = models.DateTimeField()
    submission_id = models.UUIDField(unique=True)

    def __str__(self) -> str:
        return self.randomisation_number

    def signed_content(self) -> Mapping[str, Any]:
        """Returns what the signature of the person who asked for the allocation covers."""
        return {
            "participant": self.participant_id,
            "randomisation_number": self.randomisation_number,
            "kit_number": self.kit_number,
            "stratum": self.stratum,
            "randomised_at": self.randomised_at,
            # Rows from before the factors were kept were signed without them.
            **({"factors": self.factors} if self.factors else {}),
        }
