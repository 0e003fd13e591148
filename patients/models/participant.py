"""The participant: a person in the trial under a code."""

from typing import Any, ClassVar

from django.db import models
from django_fsm import transition

from core.identifiers import PublicIdField
from core.models import SiteRecord
from core.states import StateField


class ParticipantStatus(models.TextChoices):
    """Where a person stands in the trial."""

    CONTACTED = "contacted", "First contact"
    SCREENING = "screening", "In screening"
    SCREEN_FAILED = "screen_failed", "Screen failure"
    ENROLLED = "enrolled", "Enrolled"
    RANDOMISED = "randomised", "Randomised"
    DISCONTINUED = "discontinued", "Treatment discontinued"
    WITHDRAWN = "withdrawn", "Withdrawn"
    COMPLETED = "completed", "Completed"


S = ParticipantStatus
ACTIVE = (S.CONTACTED, S.SCREENING, S.ENROLLED, S.RANDOMISED, S.DISCONTINUED)


class Participant(SiteRecord):
    """A person in the trial under a code; who it is stands in the vault."""

    public_id = PublicIdField(prefix="ptc")
    screening_number = models.CharField(max_length=20)
    status = StateField(max_length=20, choices=ParticipantStatus.choices, default=ParticipantStatus.CONTACTED)
    status_reason = models.CharField(max_length=300, blank=True)
    first_contact_on = models.DateField()
    language = models.CharField(max_length=10, default="en")
    protocol_version = models.ForeignKey(
        "trials.ProtocolVersion", models.PROTECT, null=True, related_name="participants"
    )
    enrolled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["site", "screening_number"], name="screening_number_once")
        ]

    def __str__(self) -> str:
        return self.screening_number

    @transition(field=status, source=S.CONTACTED, target=S.SCREENING)
    def begin_screening(self) -> None:
        """Goes into screening; consent was given."""

    @transition(field=status, source=[S.CONTACTED, S.SCREENING, S.ENROLLED], target=S.SCREEN_FAILED)
    def fail_screening(self) -> None:
        """Leaves before randomisation, with a reason."""

    @transition(field=status, source=S.SCREENING, target=S.ENROLLED)
    def enrol(self) -> None:
        """Is enrolled; the investigator signed eligibility."""

    @transition(field=status, source=S.ENROLLED, target=S.RANDOMISED)
    def randomise(self) -> None:
        """Got a kit from the sealed list."""

    @transition(field=status, source=S.RANDOMISED, target=S.DISCONTINUED)
    def discontinue(self) -> None:
        """Takes no further dose; assessments go on."""

    @transition(
        field=status, source=[S.CONTACTED, S.SCREENING, S.ENROLLED, S.RANDOMISED, S.DISCONTINUED], target=S.WITHDRAWN
    )
    def withdraw(self) -> None:
        """Withdrew consent."""

    @transition(field=status, source=[S.RANDOMISED, S.DISCONTINUED], target=S.COMPLETED)
    def complete(self) -> None:
        """Reached the end of the trial."""


del S
