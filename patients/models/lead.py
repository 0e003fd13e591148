"""People who may take part: first contact, attempts and questions before screening."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django_fsm import transition

from core.guard import Guard
from core.identifiers import PublicIdField
from core.models import SiteRecord
from core.states import StateField
from patients.models.participant import Participant


class LeadState(models.TextChoices):
    """Where somebody stands who may become a participant."""

    NEW = "new", "New"
    IN_CONTACT = "in_contact", "In contact"
    WAITING = "waiting", "On the waiting list"
    CONVERTED = "converted", "In screening"
    CLOSED = "closed", "Closed"


L = LeadState
OPEN_LEADS = (L.NEW, L.IN_CONTACT, L.WAITING)


class Lead(SiteRecord):
    """Somebody who may become a participant, from hearing of the person to screening; who it is stands in the vault."""

    public_id = PublicIdField(prefix="led")
    number = models.CharField(max_length=20)
    state = StateField(max_length=12, choices=LeadState.choices, default=LeadState.NEW)
    source = models.CharField(max_length=40)
    heard_on = models.DateField("heard of on")
    language = models.CharField(max_length=10, default="en")
    next_contact_on = models.DateField(null=True)
    waiting_rank = models.PositiveIntegerField(null=True)
    waiting_reason = models.CharField(max_length=300, blank=True)
    close_reason = models.CharField(max_length=40, blank=True)
    close_note = models.CharField(max_length=300, blank=True)
    participant = models.OneToOneField(Participant, models.PROTECT, null=True, related_name="lead")
    submission_id = models.UUIDField(unique=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["site", "number"], name="lead_number_once"),
            models.CheckConstraint(name="lead_closed_has_reason", condition=~Q(state="closed") | ~Q(close_reason="")),
            models.CheckConstraint(
                name="lead_converted_has_participant",
                condition=Q(state="converted", participant__isnull=False)
                | (~Q(state="converted") & Q(participant__isnull=True)),
            ),
            models.CheckConstraint(
                name="lead_waiting_has_place",
                condition=Q(state="waiting", waiting_rank__isnull=False) & ~Q(waiting_reason="")
                | (~Q(state="waiting") & Q(waiting_rank__isnull=True)),
            ),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["site", "state", "next_contact_on"]),
            models.Index(fields=["site", "waiting_rank"]),
            models.Index(
                fields=["site", "next_contact_on", "id"],
                name="lead_open_by_contact",
                condition=Q(state__in=["new", "in_contact", "waiting"]),
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @transition(field=state, source=L.NEW, target=L.IN_CONTACT)
    def contact(self) -> None:
        """Was tried to be reached for the first time."""

    @transition(field=state, source=L.IN_CONTACT, target=L.WAITING)
    def wait(self) -> None:
        """Passed the first questions and waits for a place."""

    @transition(field=state, source=L.WAITING, target=L.IN_CONTACT)
    def leave_waiting_list(self) -> None:
        """Waits no longer, and goes on being contacted."""

    @transition(field=state, source=[L.IN_CONTACT, L.WAITING], target=L.CONVERTED)
    def convert(self) -> None:
        """Goes into the trial as a participant."""

    @transition(field=state, source=[L.NEW, L.IN_CONTACT, L.WAITING], target=L.CLOSED)
    def close(self) -> None:
        """Does not go on, with a reason."""

    @transition(field=state, source=L.CLOSED, target=L.IN_CONTACT)
    def reopen(self) -> None:
        """Is contacted again, with a reason."""


class ContactAttempt(SiteRecord):
    """One attempt to reach a lead: when, how, what came of it, and when the next is due."""

    guard: ClassVar[Guard] = Guard(append_only=True)

    CHANNELS: ClassVar[list[tuple[str, str]]] = [
        ("phone", "Phone"),
        ("email", "E-mail"),
        ("sms", "Text message"),
        ("in_person", "In person"),
    ]
    OUTCOMES: ClassVar[list[tuple[str, str]]] = [
        ("reached", "Reached"),
        ("call_back", "Reached, wants another time"),
        ("message_left", "Message left"),
        ("no_answer", "No answer"),
        ("wrong_address", "Wrong number or address"),
    ]

    lead = models.ForeignKey(Lead, models.PROTECT, related_name="attempts")
    attempted_at = models.DateTimeField()
    channel = models.CharField(max_length=10, choices=CHANNELS)
    outcome = models.CharField(max_length=15, choices=OUTCOMES)
    next_contact_on = models.DateField(null=True)
    note = models.CharField(max_length=300, blank=True)
    submission_id = models.UUIDField(unique=True)

    def __str__(self) -> str:
        return self.get_outcome_display()


class PreScreen(SiteRecord):
    """The answers to the protocol's first questions, and what they say; asked again, a new row stands beside it."""

    guard: ClassVar[Guard] = Guard(append_only=True)

    RESULTS: ClassVar[list[tuple[str, str]]] = [
        ("passed", "Passed"),
        ("not_passed", "Not passed"),
        ("open", "Answers missing"),
    ]

    lead = models.ForeignKey(Lead, models.PROTECT, related_name="prescreens")
    protocol_version = models.ForeignKey("trials.ProtocolVersion", models.PROTECT, related_name="+")
    answers = models.JSONField()
    result = models.CharField(max_length=12, choices=RESULTS)
    against = models.JSONField("questions that speak against", default=list)
    observed_at = models.DateTimeField()
    submission_id = models.UUIDField(unique=True)

    def __str__(self) -> str:
        return self.get_result_display()


del L
