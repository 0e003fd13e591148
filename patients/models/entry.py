"""What was before the trial: history, earlier treatments, earlier use of the study drug, and medicines.

Each entry is a row that stays; a correction is a new row that replaces it, and so is its withdrawal.
"""

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from core.guard import Guard
from core.identifiers import PublicIdField
from core.models import SiteRecord
from patients.models.participant import Participant

PARTIAL_DATE = 10


class ScreeningEntry(SiteRecord):
    """The base of the entries: of whom, from where, when it was asked, and which entry it replaces and why."""

    guard: ClassVar[Guard] = Guard(append_only=True)

    participant = models.ForeignKey(Participant, models.PROTECT, related_name="%(class)s_entries")
    source = models.CharField(max_length=120)
    observed_at = models.DateTimeField("asked at")
    replaces = models.OneToOneField("self", models.PROTECT, null=True, related_name="replaced_by")
    reason = models.CharField("reason for the change", max_length=300, blank=True)
    withdrawn = models.BooleanField("entered by mistake", default=False)
    submission_id = models.UUIDField(unique=True)

    class Meta:
        abstract = True
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(
                name="%(class)s_change_has_reason", condition=Q(replaces__isnull=True) | ~Q(reason="")
            ),
            models.CheckConstraint(
                name="%(class)s_withdrawal_replaces", condition=Q(withdrawn=False) | Q(replaces__isnull=False)
            ),
        ]


class HistoryEntry(ScreeningEntry):
    """A condition of body or mind, with its first and last day as far as they are known."""

    KINDS: ClassVar[list[tuple[str, str]]] = [("medical", "Medical"), ("psychiatric", "Psychiatric")]

    public_id = PublicIdField(prefix="hst")
    kind = models.CharField(max_length=12, choices=KINDS)
    term = models.CharField("condition", max_length=200)
    started = models.CharField(max_length=PARTIAL_DATE, blank=True)
    ended = models.CharField(max_length=PARTIAL_DATE, blank=True)
    ongoing = models.BooleanField(default=False)
    coded_term = models.CharField("term of the dictionary, given later", max_length=200, blank=True)
    note = models.CharField(max_length=300, blank=True)

    def __str__(self) -> str:
        return self.term


class PriorTreatment(ScreeningEntry):
    """A treatment that was tried before: how much of it, from when to when, and what it did."""

    public_id = PublicIdField(prefix="trt")
    kind = models.CharField(max_length=20)
    name = models.CharField("treatment", max_length=120)
    dose_mg = models.DecimalField("daily dose in mg", max_digits=8, decimal_places=2, null=True, blank=True)
    sessions = models.PositiveSmallIntegerField(null=True, blank=True)
    started = models.CharField(max_length=PARTIAL_DATE, blank=True)
    ended = models.CharField(max_length=PARTIAL_DATE, blank=True)
    response = models.CharField(max_length=20)
    note = models.CharField(max_length=300, blank=True)

    def __str__(self) -> str:
        return self.name


class PriorUseEntry(ScreeningEntry):
    """How often the study drug was used in one year before the trial, and on what occasion; nought is an answer too."""

    public_id = PublicIdField(prefix="use")
    year = models.PositiveSmallIntegerField()
    occasions = models.PositiveSmallIntegerField()
    last_used = models.CharField(max_length=PARTIAL_DATE, blank=True)
    context = models.CharField(max_length=20, blank=True)
    note = models.CharField(max_length=300, blank=True)

    def __str__(self) -> str:
        return f"{self.occasions} in {self.year}"


class Medicine(ScreeningEntry):
    """A medicine that is or was taken; `medicine_class` is one that the protocol prohibits, or empty.

    `last_taken_on` is the last day once it is stopped; until then a taper and a last day may be planned.
    """

    public_id = PublicIdField(prefix="med")
    name = models.CharField("medicine", max_length=120)
    medicine_class = models.CharField("prohibited class", max_length=40, blank=True)
    dose = models.CharField(max_length=80, blank=True)
    indication = models.CharField(max_length=120, blank=True)
    started = models.CharField(max_length=PARTIAL_DATE, blank=True)
    last_taken_on = models.DateField(null=True, blank=True)
    taper_from = models.DateField(null=True, blank=True)
    planned_last_on = models.DateField("last day as planned", null=True, blank=True)
    note = models.CharField("steps of the taper, or a note", max_length=300, blank=True)

    def __str__(self) -> str:
        return self.name
