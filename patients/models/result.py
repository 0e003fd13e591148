"""Results of laboratory, ECG and screens, the normal ranges of a site's laboratories, and files of results."""

import zlib
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from core.guard import Guard
from core.identifiers import PublicIdField
from core.models import SiteRecord
from patients.models.participant import Participant
from patients.models.visit import Visit


class LabRange(SiteRecord):
    """The range of normal of a laboratory for one measure, from a day on, for a sex and an age or for everybody."""

    guard: ClassVar[Guard] = Guard(append_only=True)

    public_id = PublicIdField(prefix="rng")
    laboratory = models.CharField(max_length=80)
    measure = models.CharField(max_length=40)
    sex = models.CharField(max_length=10, blank=True)
    age_from = models.PositiveSmallIntegerField(default=0)
    age_to = models.PositiveSmallIntegerField("age below which it holds", null=True)
    low = models.DecimalField(max_digits=12, decimal_places=4, null=True)
    high = models.DecimalField(max_digits=12, decimal_places=4, null=True)
    unit = models.CharField(max_length=20)
    valid_from = models.DateField()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(
                name="lab_range_has_a_limit", condition=Q(low__isnull=False) | Q(high__isnull=False)
            ),
            models.CheckConstraint(
                name="lab_range_in_order",
                condition=Q(low__isnull=True) | Q(high__isnull=True) | Q(low__lt=models.F("high")),
            ),
            models.UniqueConstraint(
                "site", Lower("laboratory"), "measure", "sex", "age_from", "valid_from", name="lab_range_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.low or ''}–{self.high or ''} {self.unit}"


class ResultFile(SiteRecord):
    """A file of results as it was sent, kept whether or not it was loaded."""

    guard: ClassVar[Guard] = Guard(append_only=True)

    public_id = PublicIdField(prefix="csv")
    name = models.CharField(max_length=120)
    digest = models.CharField("SHA-256", max_length=64)
    size = models.PositiveIntegerField("size in bytes")
    packed = models.BinaryField()
    sent_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[Any]] = [models.UniqueConstraint(fields=["site", "digest"], name="result_file_once")]

    def __str__(self) -> str:
        return self.name

    @property
    def content(self) -> bytes:
        """Returns the file, byte for byte as it was sent."""
        return zlib.decompress(bytes(self.packed))


class ResultLoad(SiteRecord):
    """That a file was loaded, as a whole: how many results were new, changed, and there already."""

    guard: ClassVar[Guard] = Guard(append_only=True)

    file = models.ForeignKey(ResultFile, models.PROTECT, related_name="loads")
    new = models.PositiveIntegerField()
    changed = models.PositiveIntegerField()
    same = models.PositiveIntegerField()
    loaded_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.new} new, {self.changed} changed, {self.same} the same"


class Result(SiteRecord):
    """One value of one measure, as it was reported and in the protocol's unit; a correction is a new row."""

    guard: ClassVar[Guard] = Guard(append_only=True)

    public_id = PublicIdField(prefix="res")
    participant = models.ForeignKey(Participant, models.PROTECT, related_name="results")
    visit = models.ForeignKey(Visit, models.PROTECT, null=True, related_name="results")
    measure = models.CharField(max_length=40)
    value = models.CharField(max_length=40)
    unit = models.CharField(max_length=20, blank=True)
    reported_value = models.CharField(max_length=40)
    reported_unit = models.CharField(max_length=20, blank=True)
    laboratory = models.CharField(max_length=80)
    report = models.CharField("number of the report", max_length=60, blank=True)
    collected_at = models.DateTimeField()
    computed = models.BooleanField(default=False)
    file = models.ForeignKey(ResultFile, models.PROTECT, null=True, related_name="results")
    replaces = models.OneToOneField("self", models.PROTECT, null=True, related_name="replaced_by")
    reason = models.CharField("reason for the correction", max_length=300, blank=True)

    class Meta:
        indexes: ClassVar[list[Any]] = [models.Index(fields=["participant", "measure"])]
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(
                name="result_correction_has_reason", condition=Q(replaces__isnull=True) | ~Q(reason="")
            ),
            models.UniqueConstraint(
                "participant", "measure", "collected_at", Lower("laboratory"),
                condition=Q(replaces__isnull=True), name="result_once",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.measure} {self.value} {self.unit}".strip()
