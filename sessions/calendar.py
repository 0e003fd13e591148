"""Somebody's calendar: what the person is booked for, as a page and as a feed that any calendar reads (RFC 5545).

An entry tells that there is an appointment and when, and nothing else: neither participant nor visit nor place. What
changes is derived from the bookings themselves: each booking and each giving back raises the entry's sequence by one.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.db.models import DateField, Exists, F, Func, OuterRef, Q, QuerySet
from django.db.models.functions import Cast

from core.calendar_entries import Entry, house
from core.clock import local_date
from core.models import Person
from core.permissions import Permission, Viewer
from sessions.models import Absence, Booking, CalendarFeed, WorkingDay
from trials.queries import people_with_duty, standing_delegations

if TYPE_CHECKING:
    from datetime import date

    from protocol.booking import BookingRules
    from trials.models import Delegation, Site

# Past entries stay for a month, so that a calendar that was switched off learns what was cancelled.
KEPT, RATER_DUTY = timedelta(days=31), "independent_assessor"
APPOINTMENT, INTERVIEW = "Appointment", "Interview"


def digest_of(key: str) -> str:
    """Returns under what an address is kept."""
    return hashlib.sha256(key.encode()).hexdigest()


def feed_with(key: str) -> CalendarFeed | None:
    """Returns the feed of an address that was not revoked."""
    found = CalendarFeed.objects.filter(key_digest=digest_of(key), revoked_at__isnull=True, person__is_active=True)
    return found.select_related("person").first()


def feed_of(person: Person) -> CalendarFeed | None:
    """Returns the feed that somebody has, if any."""
    return CalendarFeed.objects.filter(person=person, revoked_at__isnull=True).first()


def entries_of(person: Person, *, at: datetime) -> list[Entry]:
    """Returns the person's entries, the earliest first; a visit and a duty make one entry, however often it moved."""
    rows = Booking.objects.filter(person=person).order_by("id")
    found: dict[tuple[int, str], list[Booking]] = {}
    for row in rows.only("public_id", "visit_id", "duty", "starts_at", "ends_at", "released_at", "recorded_at"):
        found.setdefault((row.visit_id, row.duty), []).append(row)
    entries = [_entry(rows) for rows in found.values() if rows[-1].ends_at > at - KEPT]
    return sorted(entries, key=lambda each: (each.starts_at, each.uid))


def absences(*, on: "date", until: "date") -> QuerySet[Absence]:
    """Returns the absences that touch a span of days."""
    return Absence.objects.filter(withdrawn_at__isnull=True, starts_on__lte=until, ends_on__gte=on)


def absences_of(person: Person, *, on: "date") -> list[Absence]:
    """Returns somebody's absences from a day on."""
    found = Absence.objects.filter(person=person, withdrawn_at__isnull=True, ends_on__gte=on)
    return list(found.order_by("starts_on", "id"))


def working_days(people: Iterable[Person]) -> dict[int, dict[int, WorkingDay]]:
    """Returns the days of the week that people have named, by person and weekday."""
    found: dict[int, dict[int, WorkingDay]] = {}
    for row in WorkingDay.objects.filter(person__in=list(people)):
        found.setdefault(row.person_id, {})[row.weekday] = row
    return found


def works_at(
    person: Person, moment: datetime, *, named: dict[int, WorkingDay], rules: "BookingRules", zone: str
) -> bool:
    """Returns whether somebody works at a moment: by the own hours, else by those of the house."""
    if not named:
        return rules.works_at(moment, zone=zone)
    local = moment.astimezone(ZoneInfo(person.zone))
    day = named.get(local.isoweekday())
    if day is None or day.from_time is None or day.to_time is None:
        return False
    return day.from_time <= local.time() < day.to_time


def to_cover(viewer: Viewer, *, at: datetime) -> QuerySet[Booking]:
    """Returns the bookings to come of people who will be away, at the viewer's sites; judged by each site's days."""
    of_site = Func(F("site__zone"), F("starts_at"), function="TIMEZONE")
    until = Func(F("site__zone"), F("ends_at"), function="TIMEZONE")
    away = Absence.objects.filter(
        person_id=OuterRef("person_id"), withdrawn_at__isnull=True,
        starts_on__lte=OuterRef("last_on"), ends_on__gte=OuterRef("first_on"),
    )  # fmt: skip
    found = Booking.objects.filter(released_at__isnull=True, person__isnull=False, ends_at__gt=at).annotate(
        first_on=Cast(of_site, DateField()), last_on=Cast(until, DateField())
    )
    ids = viewer.site_ids(Permission.VISIT_MANAGE)
    found = found if ids is None else found.filter(site_id__in=ids)
    return found.filter(Exists(away)).select_related("person", "site", "visit__participant").order_by("starts_at", "id")


def covers_for(booking: Booking) -> list[Person]:
    """Returns who may take over a booking: holds the duty that day, is not away and not booked at that time."""
    zone = booking.site.zone
    first, last = local_date(booking.starts_at, zone=zone), local_date(booking.ends_at, zone=zone)
    busy = Booking.objects.filter(
        released_at__isnull=True, starts_at__lt=booking.ends_at, ends_at__gt=booking.starts_at, person__isnull=False
    )
    able = people_with_duty(booking.duty, site_id=booking.site_id, on=first)
    free = able.exclude(pk__in=busy.values("person_id")).exclude(
        pk__in=absences(on=first, until=last).values("person_id")
    )
    return list(free)


@dataclass(frozen=True)
class CoverRow:
    """A booking that needs cover, with who may take it."""

    booking: Booking
    able: tuple[Person, ...]


def cover_rows(viewer: Viewer, *, at: datetime) -> list[CoverRow]:
    """Returns every booking that needs cover with who may take it; a fixed number of statements."""
    needed = list(to_cover(viewer, at=at))
    if not needed:
        return []
    first, last = min(row.starts_at for row in needed), max(row.ends_at for row in needed)
    days = (local_date(first, zone="UTC") - timedelta(days=1), local_date(last, zone="UTC") + timedelta(days=1))
    standing = standing_delegations(site_id=None, on=days[0] + timedelta(days=1))
    standing = standing.filter(duty__in={row.duty for row in needed}, person__is_active=True)
    duties = list(standing.select_related("person").order_by("person__display_name"))
    busy = list(Booking.objects.filter(released_at__isnull=True, starts_at__lt=last, ends_at__gt=first))
    away = list(absences(on=days[0], until=days[1]))
    return [CoverRow(row, _able(row, duties, busy, away)) for row in needed]


def _able(booking: Booking, duties: list["Delegation"], busy: list[Booking], away: list[Absence]) -> tuple[Person, ...]:
    zone = booking.site.zone
    first, last = local_date(booking.starts_at, zone=zone), local_date(booking.ends_at, zone=zone)
    taken = {row.person_id for row in busy if row.starts_at < booking.ends_at and row.ends_at > booking.starts_at}
    taken |= {row.person_id for row in away if row.starts_on <= last and row.ends_on >= first}
    holders = [row for row in duties if (row.site_id, row.duty) == (booking.site_id, booking.duty)]
    return tuple(row.person for row in holders if row.person_id not in taken)


def staff_of(sites: Iterable["Site"], *, at: datetime) -> QuerySet[Person]:
    """Returns the people who work at one of the sites."""
    held = Q(memberships__ends_at__isnull=True) | Q(memberships__ends_at__gt=at)
    found = Person.objects.filter(held, memberships__site__in=list(sites), memberships__starts_at__lte=at)
    return found.filter(is_active=True, is_system=False).distinct().order_by("display_name")


def _entry(rows: list[Booking]) -> Entry:
    first, latest = rows[0], rows[-1]
    changes = len(rows) + sum(row.released_at is not None for row in rows)
    return Entry(
        uid=f"{first.public_id}@{house()}",
        sequence=changes - 1,
        summary=INTERVIEW if latest.duty == RATER_DUTY else APPOINTMENT,
        starts_at=latest.starts_at,
        ends_at=latest.ends_at,
        changed_at=max(row.recorded_at for row in rows),
        cancelled=latest.released_at is not None,
    )
