"""What becomes of a deviation: its analysis, actions with owner and term, and the report to the ethics board."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q

from core.guard import Guard
from core.identifiers import PublicIdField
from core.models import Person, SiteRecord
from safety.models.events import Deviation


class DeviationAnalysis(SiteRecord):
    """Where a deviation belongs and why it came about; a later analysis stands beside it and counts."""

    guard: ClassVar[Guard] = Guard(append_only=True)

    deviation = models.ForeignKey(Deviation, models.PROTECT, related_name="analyses")
    number = models.PositiveSmallIntegerField()
    category = models.CharField("category of the protocol", max_length=20)
    root_cause = models.CharField(max_length=20)
    explanation = models.TextField("how it came about")
    analysed_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["deviation", "number"], name="analysis_number_once"),
            models.CheckConstraint(name="analysis_explains", condition=~Q(explanation="")),
        ]

    def __str__(self) -> str:
        return self.category


class QualityAction(SiteRecord):
    """A corrective or preventive action: what, by whom, until when; done by its owner, and checked by somebody else."""

    KINDS: ClassVar[list[tuple[str, str]]] = [
        ("corrective", "Corrective: puts this one right"),
        ("preventive", "Preventive: keeps it from happening again"),
    ]
    STATES: ClassVar[list[tuple[str, str]]] = [
        ("open", "Open"),
        ("done", "Done, effect to be checked"),
        ("effective", "Effective"),
        ("ineffective", "Not effective"),
    ]

    public_id = PublicIdField(prefix="act")
    deviation = models.ForeignKey(Deviation, models.PROTECT, related_name="quality_actions")
    kind = models.CharField(max_length=10, choices=KINDS)
    text = models.CharField("what is done", max_length=300)
    owner = models.ForeignKey(Person, models.PROTECT, related_name="+")
    due_on = models.DateField()
    check_on = models.DateField("effect is checked on")
    planned_at = models.DateTimeField()
    state = models.CharField(max_length=12, choices=STATES, default="open")
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    done_note = models.CharField("what was done", max_length=300, blank=True)
    checked_at = models.DateTimeField(null=True)
    checked_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    check_note = models.CharField("what the check found", max_length=300, blank=True)
    submission_id = models.UUIDField(unique=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(
                name="action_done_by_whom", condition=Q(state="open") | (Q(done_by__isnull=False) & ~Q(done_note=""))
            ),
            models.CheckConstraint(
                name="action_checked_by_another",
                condition=Q(state__in=["open", "done"])
                | (Q(checked_by__isnull=False) & ~Q(check_note="") & ~Q(checked_by=F("done_by"))),
            ),
            models.CheckConstraint(name="action_checked_after_due", condition=Q(check_on__gte=F("due_on"))),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["owner", "due_on"], name="action_open", condition=Q(state="open"))
        ]

    def __str__(self) -> str:
        return self.text


class EthicsReport(SiteRecord):
    """The clock by which the ethics board of a region hears of an important deviation."""

    deviation = models.OneToOneField(Deviation, models.PROTECT, related_name="ethics_report")
    region = models.CharField(max_length=10)
    starts_at = models.DateTimeField()
    due_at = models.DateTimeField()
    reported_at = models.DateTimeField(null=True)
    reported_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    reference = models.CharField("what was sent", max_length=200, blank=True)
    late_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(
                name="ethics_report_says_what_was_sent",
                condition=Q(reported_at__isnull=True) | (Q(reported_by__isnull=False) & ~Q(reference="")),
            ),
            models.CheckConstraint(
                name="late_ethics_report_says_why",
                condition=Q(reported_at__isnull=True) | Q(reported_at__lte=F("due_at")) | ~Q(late_reason=""),
            ),
        ]

    def __str__(self) -> str:
        return self.region
