"""One value of one variable of the protocol, with its source."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from core.guard import Guard
from core.models import SiteRecord
from patients.models.judgement import ClinicalJudgement
from patients.models.participant import Participant
from patients.models.visit import Visit


class Fact(SiteRecord):
    """One value of one protocol variable, with where it comes from; a correction is a new row that replaces it."""

    guard: ClassVar[Guard] = Guard(append_only=True)

    participant = models.ForeignKey(Participant, models.PROTECT, related_name="facts")
    visit = models.ForeignKey(Visit, models.PROTECT, null=True, related_name="facts")
    variable = models.CharField(max_length=60)
    value = models.CharField(max_length=200)
    unit = models.CharField(max_length=20, blank=True)
    source = models.CharField(max_length=120)
    observed_at = models.DateTimeField()
    judgement = models.ForeignKey(ClinicalJudgement, models.PROTECT, null=True, related_name="facts")
    replaces = models.OneToOneField("self", models.PROTECT, null=True, related_name="replaced_by")
    reason = models.CharField("reason for the correction", max_length=300, blank=True)

    class Meta:
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["participant", "variable"]),
            models.Index(
                fields=["participant", "replaces"], name="fact_corrections", condition=Q(replaces__isnull=False)
            ),
        ]
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(
                name="fact_correction_has_reason", condition=Q(replaces__isnull=True) | ~Q(reason="")
            )
        ]

    def __str__(self) -> str:
        return f"{self.variable} = {self.value}"

    @property
    def name(self) -> str:
        """Returns the variable's name as a person reads it."""
        return self.variable.replace("_", " ")

    @property
    def text(self) -> str:
        """Returns the value as a person reads it."""
        return {"true": "yes", "false": "no"}.get(self.value, self.value.replace("_", " "))
