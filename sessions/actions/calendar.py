"""The secret address of a calendar, hours of work, absences, and who covers for somebody who is away."""

import secrets
from collections.abc import Mapping
from datetime import date, datetime, time

from core.contributions import contribution
from core.errors import Conflict, Refused
from core.models import Person
from sessions import calendar
from sessions.actions.planning import book_person, release_booking
from sessions.models import Absence, Booking, CalendarFeed, WorkingDay

# Long enough that no address can be guessed; it is the only thing that a calendar program sends.
KEY_BYTES, LONGEST_ABSENCE_DAYS = 32, 366


def make_address(*, by: Person, at: datetime) -> str:
    """Makes the address of one's own calendar and returns its key, this once; an earlier address opens no more."""
    key = secrets.token_urlsafe(KEY_BYTES)
    with contribution(by=by, reason="Address of the own calendar made"):
        CalendarFeed.objects.filter(person=by, revoked_at__isnull=True).update(revoked_at=at)
        CalendarFeed.objects.create(person=by, key_digest=calendar.digest_of(key), made_at=at)
    return key


def revoke_address(*, by: Person, at: datetime) -> int:
    """Revokes the address of one's own calendar and returns how many there were."""
    with contribution(by=by, reason="Address of the own calendar revoked"):
        return CalendarFeed.objects.filter(person=by, revoked_at__isnull=True).update(revoked_at=at)


def keep_hours(hours: Mapping[int, tuple[time, time] | None], *, by: Person, at: datetime) -> None:
    """Keeps one's own hours for each day of the week, 1 being Monday; None is a day off."""
    for weekday, span in hours.items():
        if span is not None and span[0] >= span[1]:
            raise Refused("The end must come after the beginning.", field=f"to_{weekday}")
    with contribution(by=by, reason="Own hours of work kept"):
        for weekday, span in hours.items():
            row = WorkingDay.objects.filter(person=by, weekday=weekday).first() or WorkingDay(
                person=by, weekday=weekday
            )
            row.from_time, row.to_time = span or (None, None)
            row.save()


def record_absence(person: Person, *, starts_on: date, ends_on: date, by: Person, at: datetime) -> Absence:
    """Records the days on which somebody is away; what was booked stays, until somebody covers it.

    The same days again answer the row that is there.
    """
    if ends_on < starts_on:
        raise Refused("The last day cannot lie before the first.", field="ends_on")
    if (ends_on - starts_on).days > LONGEST_ABSENCE_DAYS:
        raise Refused("More than a year cannot be right.", field="ends_on")
    known = Absence.objects.filter(person=person, starts_on=starts_on, ends_on=ends_on, withdrawn_at__isnull=True)
    with contribution(by=by, reason="Absence recorded"):
        return known.first() or Absence.objects.create(
            person=person, starts_on=starts_on, ends_on=ends_on, recorded_by=by
        )


def withdraw_absence(absence: Absence, *, by: Person, at: datetime) -> Absence:
    """Takes an absence back: the person is there after all."""
    with contribution(by=by, reason="Absence withdrawn"):
        if absence.withdrawn_at is None:
            absence.withdrawn_at = at
            absence.save(update_fields=["withdrawn_at"])
    return absence


def cover_booking(booking: Booking, *, person: Person, by: Person, at: datetime) -> Booking:
    """Gives a booking of somebody who is away to somebody else, for the same duty and time, or does neither.

    Raises Conflict when it was given back meanwhile or the other person is booked, Refused without the duty.
    """
    with contribution(by=by, reason="Covered for somebody who is away"):
        held = Booking.objects.select_for_update(of=("self",)).select_related("visit__site").get(pk=booking.pk)
        if held.released_at is not None:
            raise Conflict("This booking was given back meanwhile. Look at the list again.")
        release_booking(held, reason="Covered by somebody else", by=by, at=at)
        return book_person(
            held.visit, person=person, duty=held.duty, starts_at=held.starts_at, ends_at=held.ends_at, by=by
        )
