"""The record of a preparatory session, signed by both therapists."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from core.guard import Guard
from core.identifiers import PublicIdField
from core.models import Person, SiteRecord

PARENT = ("dosing_preparatorysession", "preparation_id")
TAPER = [
    ("none", "No medicine to stop"),
    ("on_plan", "Taper goes as planned"),
    ("changed", "Taper changed"),
    ("done", "Taper and washout done"),
]


class PreparatorySession(SiteRecord):
    """One preparatory session: what was spoken about, the safety plan, what is welcome, what is expected.

    It is signed while a signature of each therapist who was present stands; a change supersedes them.
    """

    public_id = PublicIdField(prefix="pps")
    participant = models.ForeignKey("patients.Participant", models.PROTECT, related_name="preparatory_sessions")
    visit = models.OneToOneField("patients.Visit", models.PROTECT, related_name="preparatory_session")
    held_at = models.DateTimeField()
    minutes = models.PositiveSmallIntegerField(null=True)
    agenda = models.JSONField("subjects that were spoken about, by code", default=list)
    safety_plan = models.TextField(blank=True)
    touch_reviewed = models.BooleanField("touch was spoken about and the consent read again", default=False)
    touch_limits = models.TextField("what is welcome and what is not, in the participant's words", blank=True)
    stop_word = models.CharField(max_length=40, blank=True)
    recording_reviewed = models.BooleanField("recording was spoken about and the consent read again", default=False)
    expectancy = models.PositiveSmallIntegerField("how much help is expected", null=True)
    taper = models.CharField("medicines and taper", max_length=10, choices=TAPER, blank=True)
    medicines = models.CharField("medicines taken now", max_length=300, blank=True)
    allergies = models.CharField(max_length=300, blank=True)
    note = models.TextField(blank=True)
    version = models.PositiveIntegerField("version for optimistic editing", default=1)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(name="preparation_has_length", condition=Q(minutes__isnull=True) | Q(minutes__gt=0))
        ]

    def __str__(self) -> str:
        return f"Preparatory session {self.visit_id}"

    def signed_content(self) -> dict[str, Any]:
        """Returns what the therapists' signatures cover."""
        fields = (
            "visit_id", "held_at", "minutes", "agenda", "safety_plan", "touch_reviewed", "touch_limits", "stop_word",
            "recording_reviewed", "expectancy", "taper", "medicines", "allergies", "note",
        )  # fmt: skip
        present = self.attendances.filter(present=True).order_by("person_id").values_list("person_id", flat=True)
        return {name: getattr(self, name) for name in fields} | {"present": list(present)}


class PreparationAttendance(SiteRecord):
    """Whether a therapist was present at a preparatory session."""

    guard: ClassVar[Guard] = Guard(parent=PARENT)

    preparation = models.ForeignKey(PreparatorySession, models.PROTECT, related_name="attendances")
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    present = models.BooleanField(default=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["preparation", "person"], name="attendance_once_per_preparation")
        ]

    def __str__(self) -> str:
        return str(self.person_id)
