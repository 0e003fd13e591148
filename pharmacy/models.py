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


class Shipment(SiteRecord):
    """A shipment as it came: order form, two people, and how warm it was on the way; what it holds is not here."""

    guard: ClassVar[Guard] = Guard(append_only=True)

    public_id = PublicIdField(prefix="shp")
    order_form = models.CharField(max_length=40)
    lowest_c = models.DecimalField("lowest temperature on the way", max_digits=4, decimal_places=1, null=True)
    highest_c = models.DecimalField("highest temperature on the way", max_digits=4, decimal_places=1, null=True)
    excursion = models.BooleanField()
    received_at = models.DateTimeField()
    witness = models.ForeignKey(Person, models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(name="shipment_has_two_people", condition=~Q(witness=models.F("recorded_by"))),
        ]

    def __str__(self) -> str:
        return self.order_form


class Kit(SiteRecord):
    """A numbered kit at a site. What it contains is not here."""

    STATES: ClassVar[list[tuple[str, str]]] = [
        ("in_stock", "In stock"),
        ("assigned", "Assigned"),
        ("quarantined", "In quarantine"),
        ("returned", "Returned"),
        ("withdrawn", "Out of use"),
    ]

    public_id = PublicIdField(prefix="kit")
    number = models.CharField(max_length=20, unique=True)
    state = models.CharField(max_length=12, choices=STATES, default="in_stock")
    participant = models.OneToOneField("patients.Participant", models.PROTECT, null=True, related_name="kit")
    expires_on = models.DateField()
    shipment = models.ForeignKey(Shipment, models.PROTECT, null=True, related_name="kits")

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(
                name="kit_assigned_has_participant", condition=~Q(state="assigned") | Q(participant__isnull=False)
            )
        ]

    def __str__(self) -> str:
        return self.number


class KitMovement(SiteRecord):
    """Something happens to a kit; append-only. The database posts it to the ledger of lots and strengths."""

    guard: ClassVar[Guard] = Guard(append_only=True)

    KINDS: ClassVar[list[tuple[str, str]]] = [
        ("receipt", "Received"),
        ("store", "Put into storage"),
        ("quarantine", "Put into quarantine"),
        ("dispense", "Dispensed to a session"),
        ("return", "Returned from a session"),
        ("waste", "Wasted"),
        ("destroy", "Destroyed"),
        ("transfer", "Transferred to another site"),
        ("loss", "Lost"),
        ("reversal", "Entry reversed"),
    ]

    public_id = PublicIdField(prefix="mov")
    kit = models.ForeignKey(Kit, models.PROTECT, related_name="movements")
    kind = models.CharField(max_length=10, choices=KINDS)
    visit = models.ForeignKey("patients.Visit", models.PROTECT, null=True, related_name="kit_movements")
    bottle = models.CharField("visit whose bottles are meant; all of the kit if empty", max_length=10, blank=True)
    units = models.PositiveSmallIntegerField("capsules; all that are there if empty", null=True)
    witness = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    observed_at = models.DateTimeField()
    document = models.CharField("form or letter", max_length=60, blank=True)
    note = models.CharField(max_length=200, blank=True)
    submission_id = models.UUIDField(null=True)
    reverses = models.OneToOneField("self", models.PROTECT, null=True, related_name="reversed_by")

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["visit", "kind"], condition=Q(visit__isnull=False), name="one_movement_of_a_kind_per_visit"
            ),
            models.UniqueConstraint(fields=["submission_id", "kit"], name="one_movement_per_submission_and_kit"),
            models.CheckConstraint(name="witness_is_another_person", condition=~Q(witness=models.F("recorded_by"))),
            models.CheckConstraint(
                name="only_store_and_quarantine_without_witness",
                condition=Q(kind__in=("store", "quarantine")) | Q(witness__isnull=False),
            ),
            models.CheckConstraint(
                name="reversal_names_what_it_reverses", condition=Q(kind="reversal") ^ Q(reverses__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()


class TemperatureReading(SiteRecord):
    """The lowest and the highest temperature of the storage since the last reading."""

    guard: ClassVar[Guard] = Guard(append_only=True)

    public_id = PublicIdField(prefix="tmp")
    lowest_c = models.DecimalField(max_digits=4, decimal_places=1)
    highest_c = models.DecimalField(max_digits=4, decimal_places=1)
    excursion = models.BooleanField()
    kits_quarantined = models.PositiveSmallIntegerField(default=0)
    measured_at = models.DateTimeField()
    submission_id = models.UUIDField(unique=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(name="lowest_below_highest", condition=Q(lowest_c__lte=models.F("highest_c")))
        ]

    def __str__(self) -> str:
        return f"{self.lowest_c} to {self.highest_c} °C"


class StockCount(SiteRecord):
    """A count of the stock by two people, neither of whom is shown a figure; the figures by lot are not here."""

    guard: ClassVar[Guard] = Guard()

    KINDS: ClassVar[list[tuple[str, str]]] = [
        ("routine", "Routine count"),
        ("initial", "Initial inventory"),
        ("biennial", "Biennial inventory"),
    ]
    STATES: ClassVar[list[tuple[str, str]]] = [("open", "Open"), ("agreed", "Agrees"), ("differs", "Differs")]

    public_id = PublicIdField(prefix="cnt")
    kind = models.CharField(max_length=10, choices=KINDS)
    state = models.CharField(max_length=10, choices=STATES, default="open")
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["site"], condition=Q(state="open"), name="one_open_count_per_site"),
            models.CheckConstraint(
                name="count_closed_has_time", condition=Q(state="open") ^ Q(closed_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.opened_at:%-d %b %Y}"


class SecondCount(SiteRecord):
    """What the second person counted, by strength from the smallest on: the lots, which could tell, are not asked."""

    guard: ClassVar[Guard] = Guard(append_only=True)

    public_id = PublicIdField(prefix="sec")
    stock_count = models.OneToOneField(StockCount, models.PROTECT, related_name="second")
    by_strength = models.JSONField()
    counted_at = models.DateTimeField()

    def __str__(self) -> str:
        return ", ".join(str(units) for units in self.by_strength)


class Discrepancy(SiteRecord):
    """A count that does not agree: a case with a clock. Lots, figures and what was found are not here."""

    guard: ClassVar[Guard] = Guard()

    CAUSES: ClassVar[list[tuple[str, str]]] = [
        ("not_recorded", "Taken out and not recorded"),
        ("recorded_not_taken", "Recorded and not taken out"),
        ("recorded_twice", "Recorded twice"),
        ("moved_between", "Moved between the two counts"),
        ("miscounted", "Miscounted"),
        ("broken", "Broken or spilled"),
        ("lost", "Lost or stolen"),
        ("unexplained", "Not explained"),
    ]
    STATES: ClassVar[list[tuple[str, str]]] = [("open", "Open"), ("resolved", "Resolved")]

    public_id = PublicIdField(prefix="dis")
    stock_count = models.OneToOneField(StockCount, models.PROTECT, related_name="discrepancy")
    state = models.CharField(max_length=10, choices=STATES, default="open")
    cause = models.CharField(max_length=20, choices=CAUSES, blank=True)
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True)
    resolved_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(
                name="discrepancy_resolved_says_why",
                condition=Q(state="open", resolved_at__isnull=True, cause="")
                | (Q(state="resolved", resolved_at__isnull=False) & ~Q(cause="")),
            )
        ]

    def __str__(self) -> str:
        return f"Discrepancy of {self.opened_at:%-d %b %Y}"


class Unblinding(SiteRecord):
    """The blinded fact that one participant was unblinded: who, when and why, never the arm."""

    guard: ClassVar[Guard] = Guard(append_only=True)

    public_id = PublicIdField(prefix="unb")
    participant = models.ForeignKey("patients.Participant", models.PROTECT, related_name="unblindings")
    reason = models.TextField()
    unblinded_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"Unblinded {self.unblinded_at:%Y-%m-%d}"


class Envelope(SiteRecord):
    """A sealed envelope for when the system is away: for whom, its digest, and what became of it; never the arm."""

    guard: ClassVar[Guard] = Guard()

    STATES: ClassVar[list[tuple[str, str]]] = [
        ("issued", "In the safe"),
        ("opened", "Opened"),
        ("returned", "Returned unopened"),
    ]

    public_id = PublicIdField(prefix="env")
    participant = models.ForeignKey("patients.Participant", models.PROTECT, related_name="envelopes")
    state = models.CharField(max_length=10, choices=STATES, default="issued")
    issued_at = models.DateTimeField()
    digest = models.CharField("SHA-256 of the file", max_length=64, blank=True)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["participant"], condition=Q(state="issued"), name="one_envelope_in_the_safe"
            ),
            models.CheckConstraint(
                name="envelope_closed_has_time", condition=Q(state="issued") ^ Q(closed_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.public_id.removeprefix("env_")[:8].upper()


class UnblindingDrill(SiteRecord):
    """A rehearsal of emergency unblinding: everything but the answer, and how long it took."""

    guard: ClassVar[Guard] = Guard()

    public_id = PublicIdField(prefix="drl")
    participant = models.ForeignKey("patients.Participant", models.PROTECT, related_name="+")
    started_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    parts_away = models.JSONField(default=list)

    def __str__(self) -> str:
        return f"Drill of {self.started_at:%-d %b %Y}"

    @property
    def seconds(self) -> int | None:
        """Returns how long it took from the first page to the answer."""
        return round((self.answered_at - self.started_at).total_seconds()) if self.answered_at else None


class OpenBoardReport(models.Model):
    """The open report of the monitoring board, frozen: all arms together, and nothing that depends on one.

    The closed report of the same moment stands in the schema of the allocation under the same public id. Its digest is
    not kept here: with it somebody could try out which arms give it.
    """

    guard: ClassVar[Guard] = Guard(site=None, append_only=True)

    public_id = PublicIdField(prefix="dmc")
    trial = models.ForeignKey("trials.Trial", models.PROTECT, related_name="+")
    title = models.CharField(max_length=120)
    content = models.TextField()
    digest = models.CharField("SHA-256 of the content", max_length=64)
    cut_off_at = models.DateTimeField()
    submission_id = models.UUIDField(unique=True)
    recorded_at = RecordedAtField()
    recorded_by = models.ForeignKey(Person, models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return self.title


class BoardRecommendation(models.Model):
    """What the monitoring board recommends after a report, signed by whoever records it for the sponsor."""

    guard: ClassVar[Guard] = Guard(site=None, append_only=True)

    RECOMMENDATIONS: ClassVar[list[tuple[str, str]]] = [
        ("continue", "Continue as planned"),
        ("modify", "Continue with changes"),
        ("pause", "Pause enrolment or dosing"),
        ("stop", "Stop the trial"),
    ]

    report = models.ForeignKey(OpenBoardReport, models.PROTECT, related_name="recommendations")
    recommendation = models.CharField(max_length=10, choices=RECOMMENDATIONS)
    text = models.TextField("what the board says")
    met_on = models.DateField()
    submission_id = models.UUIDField(unique=True)
    recorded_at = RecordedAtField()
    recorded_by = models.ForeignKey(Person, models.PROTECT, related_name="+")

    # The board speaks about the trial, so its signature belongs to no single site.
    site_id: ClassVar[None] = None

    def __str__(self) -> str:
        return self.get_recommendation_display()

    def signed_content(self) -> Mapping[str, Any]:
        """Returns what the signature covers: the report by its digest, and what was recommended."""
        return {
            "report": self.report.digest,
            "recommendation": self.recommendation,
            "text": self.text,
            "met_on": self.met_on,
        }
