"""The entries that a session lives by: measurements, doses, what is observed, notes, and who is in the room."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from core.models import Person
from sessions.models.entry import SessionEntry, correction_has_reason


class VitalSigns(SessionEntry):
    """One set of vital signs with the verdict of the version's limits."""

    systolic_mmhg = models.PositiveSmallIntegerField(null=True)
    diastolic_mmhg = models.PositiveSmallIntegerField(null=True)
    heart_rate_bpm = models.PositiveSmallIntegerField(null=True)
    temperature_c = models.DecimalField(max_digits=4, decimal_places=1, null=True)
    chest_pain = models.BooleanField(null=True)
    severity = models.CharField(max_length=10, default="in_band")
    verdicts = models.JSONField(default=list)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            correction_has_reason("vital_signs_correction_has_reason"),
            models.CheckConstraint(
                name="vital_signs_not_empty",
                condition=Q(systolic_mmhg__isnull=False)
                | Q(diastolic_mmhg__isnull=False)
                | Q(heart_rate_bpm__isnull=False)
                | Q(temperature_c__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.systolic_mmhg}/{self.diastolic_mmhg}, {self.heart_rate_bpm}, {self.temperature_c}"


class DoseRecord(SessionEntry):
    """A dose decision: given, withheld or declined; blinded people see a label and a bottle, never an amount."""

    KINDS: ClassVar[list[tuple[str, str]]] = [("initial", "Initial dose"), ("supplemental", "Supplemental dose")]
    DECISIONS: ClassVar[list[tuple[str, str]]] = [
        ("given", "Given"),
        ("withheld", "Withheld"),
        ("declined", "Declined by the participant"),
    ]

    kind = models.CharField(max_length=12, choices=KINDS)
    decision = models.CharField(max_length=10, choices=DECISIONS)
    label = models.CharField(max_length=60)
    kit_number = models.CharField(max_length=20)
    decision_reason = models.CharField(max_length=300, blank=True)
    second_person = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    conditions = models.JSONField(default=list)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            correction_has_reason("dose_correction_has_reason"),
            models.UniqueConstraint(
                fields=["session", "kind"], condition=Q(amends__isnull=True), name="one_decision_per_dose"
            ),
            models.CheckConstraint(
                name="dose_not_given_has_reason", condition=Q(decision="given") | ~Q(decision_reason="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.label}: {self.get_decision_display()}"


class ObservedEffect(SessionEntry):
    """Something that was observed or felt, welcome or not, in neutral words."""

    VALENCES: ClassVar[list[tuple[str, str]]] = [
        ("not_asked", "Not asked yet"),
        ("welcome", "Welcome"),
        ("neutral", "Neither"),
        ("unwelcome", "Unwelcome"),
    ]
    SEVERITIES: ClassVar[list[tuple[str, str]]] = [("mild", "Mild"), ("moderate", "Moderate"), ("severe", "Severe")]

    code = models.CharField("code in the protocol's grid", max_length=40, blank=True)
    term = models.CharField(max_length=120)
    valence = models.CharField(max_length=10, choices=VALENCES, default="not_asked")
    severity = models.CharField(max_length=10, choices=SEVERITIES, blank=True)
    abuse_related = models.BooleanField(default=False)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [correction_has_reason("effect_correction_has_reason")]

    def __str__(self) -> str:
        return self.term


class SessionNote(SessionEntry):
    """A free note of the session."""

    text = models.TextField()

    class Meta:
        constraints: ClassVar[list[Any]] = [correction_has_reason("note_correction_has_reason")]

    def __str__(self) -> str:
        return self.text[:60]


class DistressRating(SessionEntry):
    """Subjective units of distress at one moment."""

    score = models.PositiveSmallIntegerField()

    class Meta:
        constraints: ClassVar[list[Any]] = [correction_has_reason("distress_correction_has_reason")]

    def __str__(self) -> str:
        return f"SUDS {self.score}"


class MedicineGiven(SessionEntry):
    """A medicine other than the study drug that was given during the session."""

    name = models.CharField(max_length=120)
    amount = models.CharField(max_length=60)
    indication = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [correction_has_reason("medicine_correction_has_reason")]

    def __str__(self) -> str:
        return f"{self.name} {self.amount}"


class RoomPresence(SessionEntry):
    """Somebody enters or leaves the room."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    direction = models.CharField(max_length=3, choices=[("in", "Entered"), ("out", "Left")])

    class Meta:
        constraints: ClassVar[list[Any]] = [correction_has_reason("presence_correction_has_reason")]

    def __str__(self) -> str:
        return f"{self.person_id} {self.direction}"


class DischargeCheck(SessionEntry):
    """What the protocol asks before the participant may leave; the verdict on every criterion is kept."""

    answers = models.JSONField()
    conditions = models.JSONField(default=list)
    ready = models.BooleanField()
    escort_name = models.CharField(max_length=120, blank=True)
    second_person = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints: ClassVar[list[Any]] = [correction_has_reason("discharge_correction_has_reason")]

    def __str__(self) -> str:
        return "Ready for discharge" if self.ready else "Not ready for discharge"
