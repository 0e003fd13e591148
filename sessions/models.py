"""The dosing session: its state, and the append-only entries of everybody in the room."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django_fsm import transition

from core.guard import Guard
from core.identifiers import PublicIdField
from core.models import Person, SiteRecord
from core.states import StateField


class SessionState(models.TextChoices):
    """The course of a dosing session."""

    PREPARING = "preparing", "Preparing"
    DOSED = "dosed", "Dose given"
    CLOSED = "closed", "Closed"
    ABANDONED = "abandoned", "Abandoned before dosing"


T = SessionState


class DosingSession(SiteRecord):
    """One dosing session of a participant, at its visit."""

    public_id = PublicIdField(prefix="dss")
    participant = models.ForeignKey("patients.Participant", models.PROTECT, related_name="dosing_sessions")
    visit = models.OneToOneField("patients.Visit", models.PROTECT, related_name="dosing_session")
    number = models.PositiveSmallIntegerField()
    state = StateField(max_length=12, choices=SessionState.choices, default=SessionState.PREPARING)
    opened_at = models.DateTimeField()
    initial_dose_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["participant", "number"], name="session_number_once"),
            models.CheckConstraint(
                name="session_dosed_has_time",
                condition=Q(state__in=["preparing", "abandoned"]) | Q(initial_dose_at__isnull=False),
            ),
            models.CheckConstraint(
                name="session_closed_has_time", condition=~Q(state="closed") | Q(closed_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"Dosing session {self.number}"

    @transition(field=state, source=T.PREPARING, target=T.DOSED)
    def begin_dosing(self) -> None:
        """The initial dose was given."""

    @transition(field=state, source=T.DOSED, target=T.CLOSED)
    def close(self) -> None:
        """The participant was ready for discharge."""

    @transition(field=state, source=T.PREPARING, target=T.ABANDONED)
    def abandon(self) -> None:
        """No dose was given."""

    @transition(field=state, source=T.ABANDONED, target=T.PREPARING)
    def reopen(self) -> None:
        """The session is prepared again on another day."""


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

    class Meta:
        abstract = True


def correction_has_reason(name: str) -> models.CheckConstraint:
    """Returns the constraint that a correction says why, and that only an entry before it can be taken back."""
    return models.CheckConstraint(
        name=name,
        condition=Q(amends__isnull=True, withdrawn=False) | (Q(amends__isnull=False) & ~Q(reason="")),
    )


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
        return str(self.score)


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

    class Meta:
        constraints: ClassVar[list[Any]] = [correction_has_reason("discharge_correction_has_reason")]

    def __str__(self) -> str:
        return "ready" if self.ready else "not ready"


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


class ConditionOverride(SiteRecord):
    """A signed decision to go past one condition, by a person whom the protocol names."""

    guard: ClassVar[Guard] = Guard(append_only=True)

    session = models.ForeignKey(DosingSession, models.PROTECT, related_name="overrides")
    condition = models.CharField(max_length=20)
    duty = models.CharField(max_length=40)
    reason = models.CharField(max_length=300)
    decided_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.condition

    def signed_content(self) -> dict[str, Any]:
        """Returns what the signature covers."""
        return {"session": self.session_id, "condition": self.condition, "duty": self.duty, "reason": self.reason}


class DosingHold(SiteRecord):
    """Dosing of a participant is on hold until a named person lifts it."""

    participant = models.ForeignKey("patients.Participant", models.PROTECT, related_name="dosing_holds")
    rule = models.CharField(max_length=20)
    reason = models.CharField(max_length=300)
    placed_at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    lift_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["participant", "rule"], condition=Q(lifted_at__isnull=True), name="one_open_hold_per_rule"
            ),
            models.CheckConstraint(
                name="hold_lifted_by_whom_and_why",
                condition=Q(lifted_at__isnull=True) | (Q(lifted_by__isnull=False) & ~Q(lift_reason="")),
            ),
        ]

    def __str__(self) -> str:
        return self.rule


del T
