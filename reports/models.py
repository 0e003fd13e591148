"""Reports of serious cases: the narrative, the report as it was made, its way to each receiver, and the answers."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from core.guard import Guard
from core.identifiers import PublicIdField
from core.models import SiteRecord


class Narrative(SiteRecord):
    """A case told in words: drafted from the data, edited by a person; each edit is another revision."""

    guard: ClassVar[Guard] = Guard(append_only=True)

    event = models.ForeignKey("safety.AdverseEvent", models.PROTECT, related_name="narratives")
    number = models.PositiveSmallIntegerField()
    text = models.TextField()
    reason = models.CharField(max_length=300)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["event", "number"], name="narrative_number_once"),
            models.CheckConstraint(name="narrative_says_something", condition=~Q(text="")),
        ]

    def __str__(self) -> str:
        return f"Narrative {self.number}"


class CaseReport(SiteRecord):
    """One report of a serious case, whole and without a receiver, as it was made from one revision of the event."""

    guard: ClassVar[Guard] = Guard(append_only=True)

    KINDS: ClassVar[list[tuple[str, str]]] = [
        ("initial", "Initial report"),
        ("follow_up", "Follow-up"),
        ("amendment", "Amendment"),
        ("nullification", "Nullification"),
    ]

    public_id = PublicIdField(prefix="icr")
    event = models.ForeignKey("safety.AdverseEvent", models.PROTECT, related_name="case_reports")
    revision = models.ForeignKey("safety.AdverseEventRevision", models.PROTECT, related_name="+")
    narrative = models.ForeignKey(Narrative, models.PROTECT, related_name="+")
    number = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=14, choices=KINDS)
    reason = models.CharField("why it is amended or nullified", max_length=300, blank=True)
    safety_report_id = models.CharField("number of the case (C.1.1)", max_length=100)
    content = models.TextField("report without a receiver (XML)")
    digest = models.CharField("SHA-256 of the report", max_length=64)
    made_at = models.DateTimeField()
    submission_id = models.UUIDField(unique=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["event", "number"], name="case_report_number_once"),
            models.UniqueConstraint(fields=["event"], condition=Q(kind="initial"), name="case_report_initial_once"),
            models.CheckConstraint(
                name="case_report_taken_back_says_why",
                condition=~Q(kind__in=("amendment", "nullification")) | ~Q(reason=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.number}"


class Transmission(SiteRecord):
    """The way of one report to one receiver: asked for by a person, sent by the gateway, answered by the receiver."""

    STATES: ClassVar[list[tuple[str, str]]] = [
        ("queued", "Queued"),
        ("sending", "Leaving"),
        ("sent", "Sent"),
        ("acknowledged", "Acknowledged"),
        ("rejected", "Rejected"),
        ("failed", "Failed"),
        ("doubt", "In doubt"),
    ]

    public_id = PublicIdField(prefix="trm")
    report = models.ForeignKey(CaseReport, models.PROTECT, related_name="transmissions")
    receiver = models.CharField("receiver, by the protocol's code", max_length=40)
    receiver_name = models.CharField(max_length=120)
    gateway = models.CharField(max_length=10)
    batch_number = models.CharField(max_length=100, unique=True)
    content = models.TextField("report as it leaves (XML)")
    digest = models.CharField("SHA-256 of what leaves", max_length=64)
    state = models.CharField(max_length=14, choices=STATES, default="queued")
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True, blank=True)
    claimed_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    failure = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            # However often it is asked for, a report goes to a receiver once.
            models.UniqueConstraint(fields=["report", "receiver"], name="report_to_receiver_once"),
            models.CheckConstraint(
                name="transmission_sent_has_moment",
                condition=~Q(state__in=("sent", "acknowledged", "rejected")) | Q(sent_at__isnull=False),
            ),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["state", "next_attempt_at"], name="transmission_waiting",
                         condition=Q(state__in=("queued", "sending")))
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.receiver_name}: {self.get_state_display()}"


class TransmissionStep(SiteRecord):
    """Something that happened to a transmission: who, when, and what came of it."""

    guard: ClassVar[Guard] = Guard(append_only=True)

    transmission = models.ForeignKey(Transmission, models.PROTECT, related_name="steps")
    state = models.CharField(max_length=14, choices=Transmission.STATES)
    happened_at = models.DateTimeField()
    detail = models.CharField(max_length=300, blank=True)

    def __str__(self) -> str:
        return self.get_state_display()


class Acknowledgement(SiteRecord):
    """What a receiver answered to a transmission, kept as it came."""

    guard: ClassVar[Guard] = Guard(append_only=True)

    transmission = models.ForeignKey(Transmission, models.PROTECT, related_name="acknowledgements")
    number = models.CharField("number of the acknowledgement (ACK.M.1)", max_length=100)
    batch_code = models.CharField("code of the batch (ACK.A.4)", max_length=2)
    report_code = models.CharField("code of the report (ACK.B.r.6)", max_length=2, blank=True)
    words = models.TextField("errors and remarks", blank=True)
    content = models.TextField("acknowledgement as it came (XML)")
    digest = models.CharField("SHA-256 of the acknowledgement", max_length=64)
    read_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["transmission", "digest"], name="acknowledgement_kept_once")
        ]

    def __str__(self) -> str:
        return self.number
