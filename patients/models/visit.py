"""Visits with their windows, and the procedures that the protocol asks for."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django_fsm import transition

from core.identifiers import PublicIdField
from core.models import SiteRecord
from core.states import StateField
from patients.models.participant import Participant


class VisitState(models.TextChoices):
    """What became of a visit."""

    PLANNED = "planned", "Planned"
    BOOKED = "booked", "Booked"
    STARTED = "started", "Started"
    DONE = "done", "Done"
    MISSED = "missed", "Missed"
    CANCELLED = "cancelled", "Cancelled"


V = VisitState


class Visit(SiteRecord):
    """One visit or contact of a participant, with its window from the protocol."""

    public_id = PublicIdField(prefix="vis")
    participant = models.ForeignKey(Participant, models.PROTECT, related_name="visits")
    code = models.CharField(max_length=20)
    name = models.CharField(max_length=120)
    kind = models.CharField("type of visit", max_length=20)
    order = models.PositiveIntegerField()
    target_on = models.DateField(null=True)
    earliest_on = models.DateField(null=True)
    latest_on = models.DateField(null=True)
    anchored_on_actual = models.BooleanField(default=False)
    state = StateField(max_length=12, choices=VisitState.choices, default=VisitState.PLANNED)
    booked_at = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    missed_kind = models.CharField("why it was missed, by the protocol's code", max_length=30, blank=True)
    missed_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["participant", "code"], name="visit_once_per_participant"),
            models.CheckConstraint(
                name="visit_ends_after_start",
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=models.F("started_at")),
            ),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["site", "state", "latest_on"]),
            models.Index(
                fields=["site", "code", "started_at"], name="visit_begun", condition=Q(started_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"

    @transition(field=state, source=[V.PLANNED, V.BOOKED], target=V.BOOKED)
    def book(self) -> None:
        """Gets a time."""

    @transition(field=state, source=[V.PLANNED, V.BOOKED], target=V.STARTED)
    def start(self) -> None:
        """Begins."""

    @transition(field=state, source=V.STARTED, target=V.DONE)
    def finish(self) -> None:
        """Ends; its procedures are recorded."""

    @transition(field=state, source=[V.PLANNED, V.BOOKED], target=V.MISSED)
    def miss(self) -> None:
        """Did not take place within its window."""

    @transition(field=state, source=[V.PLANNED, V.BOOKED], target=V.CANCELLED)
    def cancel(self) -> None:
        """Will not take place."""


class VisitProcedure(SiteRecord):
    """A procedure that the protocol asks for at a visit, and what became of it."""

    visit = models.ForeignKey(Visit, models.PROTECT, related_name="procedures")
    code = models.CharField(max_length=20)
    state = models.CharField(
        max_length=10, choices=[("due", "Due"), ("done", "Done"), ("not_done", "Not done")], default="due"
    )
    done_at = models.DateTimeField(null=True, blank=True)
    not_done_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["visit", "code"], name="procedure_once_per_visit"),
            models.CheckConstraint(
                name="procedure_done_has_time", condition=~Q(state="done") | Q(done_at__isnull=False)
            ),
            models.CheckConstraint(
                name="procedure_not_done_has_reason", condition=~Q(state="not_done") | ~Q(not_done_reason="")
            ),
        ]

    def __str__(self) -> str:
        return self.code


del V
