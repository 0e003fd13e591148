"""When people work and are away, and the secret address under which somebody's calendar is read."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q

from core.clock import RecordedAtField
from core.guard import Guard
from core.identifiers import PublicIdField
from core.models import Person

WEEKDAYS = [
    (1, "Monday"), (2, "Tuesday"), (3, "Wednesday"), (4, "Thursday"), (5, "Friday"), (6, "Saturday"), (7, "Sunday"),
]  # fmt: skip


class CalendarFeed(models.Model):
    """One address of somebody's calendar, kept as a digest; it opens until it is revoked."""

    guard: ClassVar[Guard] = Guard(site=None)

    person = models.ForeignKey(Person, models.PROTECT, related_name="calendar_feeds")
    key_digest = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    recorded_at = RecordedAtField()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["person"], condition=Q(revoked_at__isnull=True), name="calendar_one_address_at_a_time"
            )
        ]

    def __str__(self) -> str:
        return f"Calendar of {self.person_id}"


class WorkingDay(models.Model):
    """From when to when somebody works on one day of the week, by the own clock; without hours, not at all."""

    guard: ClassVar[Guard] = Guard(site=None)

    person = models.ForeignKey(Person, models.PROTECT, related_name="working_days")
    weekday = models.PositiveSmallIntegerField(choices=WEEKDAYS)
    from_time = models.TimeField(null=True)
    to_time = models.TimeField(null=True)
    recorded_at = RecordedAtField()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["person", "weekday"], name="working_day_once"),
            models.CheckConstraint(
                name="working_day_has_both_times_or_none",
                condition=Q(from_time__isnull=True, to_time__isnull=True) | Q(from_time__lt=F("to_time")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.from_time}"


class Absence(models.Model):
    """Days on which somebody is away, both included; why is nobody's business."""

    guard: ClassVar[Guard] = Guard(site=None)

    public_id = PublicIdField(prefix="abs")
    person = models.ForeignKey(Person, models.PROTECT, related_name="absences")
    starts_on = models.DateField()
    ends_on = models.DateField()
    withdrawn_at = models.DateTimeField(null=True)
    recorded_at = RecordedAtField()
    recorded_by = models.ForeignKey(Person, models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(name="absence_ends_after_it_begins", condition=Q(ends_on__gte=F("starts_on")))
        ]

    def __str__(self) -> str:
        return f"{self.person_id} away from {self.starts_on}"
