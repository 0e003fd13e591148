"""Annual reports of the trial: the deadline of each year, its ladder, and when and under which number it was sent."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from core.clock import RecordedAtField
from core.guard import Guard
from core.identifiers import PublicIdField
from core.models import Person


class AnnualReport(models.Model):
    """The report for one year of the trial, with the protocol's rule that asks for it; of no site."""

    guard: ClassVar[Guard] = Guard(site=None)

    public_id = PublicIdField(prefix="anr")
    trial = models.ForeignKey("trials.Trial", models.PROTECT, related_name="annual_reports")
    rule = models.CharField(max_length=40)
    region = models.CharField(max_length=20)
    begins_on = models.DateField("first day of the year that it is about")
    ends_on = models.DateField("anniversary")
    starts_at = models.DateTimeField()
    due_at = models.DateTimeField()
    basis = models.CharField(max_length=200)
    zone = models.CharField(max_length=60)
    reported_on = models.DateField("date of the report", null=True, blank=True)
    reference = models.CharField(max_length=100, blank=True)
    note = models.CharField("what was sent, or why late", max_length=300, blank=True)
    met_at = models.DateTimeField("recorded as sent at", null=True, blank=True)
    met_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    recorded_at = RecordedAtField()
    recorded_by = models.ForeignKey(Person, models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["trial", "rule", "ends_on"], name="annual_report_once_a_year"),
            models.CheckConstraint(
                name="annual_report_sent_says_when_and_where",
                condition=Q(met_at__isnull=True, met_by__isnull=True, reported_on__isnull=True)
                | (Q(met_at__isnull=False, met_by__isnull=False, reported_on__isnull=False) & ~Q(reference="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rule} {self.ends_on:%Y}"


class AnnualStep(models.Model):
    """One step of the ladder of an annual report: due at its moment, taken by the watch, acknowledged by name."""

    guard: ClassVar[Guard] = Guard(site=None)

    report = models.ForeignKey(AnnualReport, models.PROTECT, related_name="steps")
    code = models.CharField(max_length=10)
    due_at = models.DateTimeField()
    taken_at = models.DateTimeField(null=True, blank=True)
    told = models.PositiveSmallIntegerField("people told", default=0)
    late = models.BooleanField("taken later than it may be", default=False)
    calls = models.BooleanField("people are to be telephoned", default=False)
    left_out = models.CharField("why nobody was told", max_length=100, blank=True)
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    acknowledged_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    note = models.CharField("what happens now", max_length=300, blank=True)
    recorded_at = RecordedAtField()
    recorded_by = models.ForeignKey(Person, models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["report", "code"], name="annual_step_once"),
            models.CheckConstraint(
                name="annual_step_acknowledged_by_whom",
                condition=Q(acknowledged_at__isnull=True, acknowledged_by__isnull=True)
                | (Q(acknowledged_at__isnull=False, acknowledged_by__isnull=False) & ~Q(note="")),
            ),
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["due_at"], name="annual_step_waiting", condition=Q(taken_at__isnull=True))
        ]

    def __str__(self) -> str:
        return self.code
