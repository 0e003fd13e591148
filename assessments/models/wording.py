"""The licensee's own text of an instrument's items; Vigil ships wording only where it may."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from core.clock import RecordedAtField
from core.guard import Guard
from core.models import Person


class ItemText(models.Model):
    """The wording of one item in one language, under the licence that is named; a change is a new version."""

    guard: ClassVar[Guard] = Guard(site=None, append_only=True)

    instrument = models.CharField(max_length=20)
    language = models.CharField(max_length=10)
    item = models.PositiveSmallIntegerField()
    version = models.PositiveSmallIntegerField()
    text = models.CharField(max_length=600, blank=True)
    licence = models.CharField("licence under which it may be used", max_length=200)
    recorded_at = RecordedAtField()
    recorded_by = models.ForeignKey(Person, models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["instrument", "language", "item", "version"], name="item_text_once_per_version"
            ),
            models.CheckConstraint(name="item_text_names_licence", condition=~Q(licence="")),
        ]

    def __str__(self) -> str:
        return f"{self.instrument} {self.item}, version {self.version}"
