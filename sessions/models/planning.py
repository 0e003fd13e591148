"""Rooms, and who and what is booked for a session: nothing twice at once, which the database itself refuses."""

from typing import Any, ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Func, Q

from core.identifiers import PublicIdField
from core.models import Person, SiteRecord


class TimeSpan(Func):
    """The span from one moment to another; the end does not belong to it, so that one booking may follow another."""

    function = "TSTZRANGE"
    output_field = DateTimeRangeField()


class Room(SiteRecord):
    """A room of a site in which sessions are held."""

    public_id = PublicIdField(prefix="rom")
    name = models.CharField(max_length=60)
    in_use = models.BooleanField(default=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["site", "name"], name="room_name_once_per_site")
        ]

    def __str__(self) -> str:
        return self.name


class Booking(SiteRecord):
    """A room, or a person for a duty, held for a visit from one moment to another.

    It opens to the site, and to the person by name: a rater has no site.
    """

    public_id = PublicIdField(prefix="bkg")
    visit = models.ForeignKey("patients.Visit", models.PROTECT, related_name="bookings")
    room = models.ForeignKey(Room, models.PROTECT, null=True, related_name="bookings")
    person = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    duty = models.CharField(max_length=40, blank=True)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    released_at = models.DateTimeField(null=True, blank=True)
    release_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(name="booking_ends_after_start", condition=Q(ends_at__gt=F("starts_at"))),
            models.CheckConstraint(
                name="booking_of_a_room_or_a_person",
                condition=(Q(room__isnull=False) & Q(person__isnull=True) & Q(duty=""))
                | (Q(room__isnull=True) & Q(person__isnull=False) & ~Q(duty="")),
            ),
            models.CheckConstraint(
                name="booking_released_says_why", condition=Q(released_at__isnull=True) | ~Q(release_reason="")
            ),
            *(
                ExclusionConstraint(
                    name=f"{held}_is_booked_once_at_a_time",
                    expressions=[
                        (TimeSpan("starts_at", "ends_at", RangeBoundary()), RangeOperators.OVERLAPS),
                        (held, RangeOperators.EQUAL),
                    ],
                    condition=Q(released_at__isnull=True) & Q(**{f"{held}__isnull": False}),
                )
                for held in ("room", "person")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.room or self.person} {self.starts_at:%F %R}"
