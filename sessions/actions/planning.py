"""Rooms and people for a visit: held without overlap, which the database itself refuses."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction

from assessments.queries import rater_of_visit
from core.clock import local_date
from core.contributions import contribution
from core.errors import Conflict, Refused
from core.models import Person
from patients.queries import definition_for
from sessions import calendar, queries
from sessions.models import Booking, Room
from trials.queries import duties_of

if TYPE_CHECKING:
    from patients.models import Visit
    from trials.models import Site


def add_room(site: "Site", *, name: str, by: Person) -> Room:
    """Adds a room to a site; the same name answers the room that is there."""
    if not name.strip():
        raise Refused("Name the room.", field="name")
    known = Room.objects.filter(site=site, name__iexact=name.strip()).first()
    if known is not None:
        return known
    with contribution(by=by, reason="Room added"):
        return Room.objects.create(site=site, name=name.strip(), recorded_by=by)


def book_room(visit: "Visit", *, room: Room, starts_at: datetime, ends_at: datetime, by: Person) -> Booking:
    """Holds a room for a visit; the room that was held for it before is given back.

    Raises Conflict naming who has the room at that time, and from when it is free.
    """
    if room.site_id != visit.site_id or not room.in_use:
        raise Refused("Choose a room of this site.", field="room")
    _check_span(starts_at, ends_at)
    with contribution(by=by, reason="Room booked"):
        before = Booking.objects.filter(visit=visit, room__isnull=False, released_at__isnull=True).first()
        if before is not None and (before.room_id, before.starts_at, before.ends_at) == (room.pk, starts_at, ends_at):
            return before
        try:
            with transaction.atomic():
                if before is not None:
                    _release(before, reason="Another room or time was booked", at=starts_at)
                return Booking.objects.create(
                    visit=visit, site_id=visit.site_id, room=room, starts_at=starts_at, ends_at=ends_at, recorded_by=by
                )
        except IntegrityError as error:
            clashes = queries.bookings_at(room=room, starts_at=starts_at, ends_at=ends_at)
            raise Conflict(_taken(room.name, clashes, visit, length=ends_at - starts_at), field="room") from error


def book_person(
    visit: "Visit", *, person: Person, duty: str, starts_at: datetime, ends_at: datetime, by: Person
) -> Booking:
    """Holds a person for a duty at a visit.

    Raises Refused without the duty on that day or for somebody who is away, and Conflict when the person is booked at
    that time.
    """
    _check_span(starts_at, ends_at)
    _check_there(person, visit, starts_at=starts_at, ends_at=ends_at)
    if duty not in duties_of(person, site_id=visit.site_id, on=local_date(starts_at, zone=visit.site.zone)):
        raise Refused(
            f"{person.display_name} does not hold the duty of {duty.replace('_', ' ')} that day.", field="person"
        )
    with contribution(by=by, reason="Person booked"):
        mine = Booking.objects.filter(visit=visit, person=person, released_at__isnull=True).first()
        try:
            with transaction.atomic():
                if mine is not None:
                    if (mine.duty, mine.starts_at, mine.ends_at) == (duty, starts_at, ends_at):
                        return mine
                    _release(mine, reason="Another duty or time was booked", at=starts_at)
                return Booking.objects.create(
                    visit=visit, site_id=visit.site_id, person=person, duty=duty, starts_at=starts_at, ends_at=ends_at,
                    recorded_by=by,
                )  # fmt: skip
        except IntegrityError as error:
            clashes = queries.bookings_at(person=person, starts_at=starts_at, ends_at=ends_at)
            raise Conflict(
                _taken(person.display_name, clashes, visit, length=ends_at - starts_at), field="person"
            ) from error


def book_day(
    visit: "Visit",
    *,
    room: Room | None,
    people: Sequence[tuple[str, Person]],
    starts_at: datetime,
    ends_at: datetime,
    by: Person,
    night: tuple[datetime, datetime] | None = None,
) -> list[Booking]:
    """Holds the room and the people of a day, all or nothing; whoever is not named any more is given back.

    The attendant is held for the `night`, where one is named. Raises what book_room and book_person raise, with the
    field of the one that clashes.
    """
    named = [person.pk for _, person in people]
    if len(set(named)) != len(named):
        raise Refused("Each duty needs somebody of its own.", field="second")
    with contribution(by=by, reason="Day booked"):
        gone = Booking.objects.filter(visit=visit, person__isnull=False, released_at__isnull=True)
        for booking in gone.exclude(person_id__in=named):
            _release(booking, reason="Not planned any more", at=starts_at)
        held = []
        if room is not None:
            held.append(book_room(visit, room=room, starts_at=starts_at, ends_at=ends_at, by=by))
        for duty, person in people:
            begins, ends = night if night is not None and duty == queries.ATTENDANT else (starts_at, ends_at)
            held.append(book_person(visit, person=person, duty=duty, starts_at=begins, ends_at=ends, by=by))
    return held


def book_interview(visit: "Visit", *, starts_at: datetime, by: Person) -> Booking:
    """Holds the rater of a visit for the interview, for as long as the protocol says.

    Raises Refused while no rater is drawn, and what book_person raises; a rater is booked once at a time at all sites.
    """
    rater = rater_of_visit(visit)
    if rater is None:
        raise Refused("No rater is drawn for this visit. Assign one first.", field="starts_at")
    ends_at = starts_at + timedelta(minutes=definition_for(visit.participant).booking.interview_min)
    duty = calendar.RATER_DUTY
    try:
        return book_person(visit, person=rater, duty=duty, starts_at=starts_at, ends_at=ends_at, by=by)
    except Refused as refusal:
        refusal.field = "starts_at"
        raise


def release_booking(booking: Booking, *, reason: str, by: Person, at: datetime) -> Booking:
    """Gives back what was held, with the reason."""
    if not reason.strip():
        raise Refused("Say why it is given back.", field="reason")
    with contribution(by=by, reason=reason):
        if booking.released_at is None:
            _release(booking, reason=reason, at=at)
    return booking


def release_bookings_of(visit: "Visit", *, reason: str, by: Person, at: datetime) -> int:
    """Gives back everything that was held for a visit whose time changed, and returns how much it was."""
    with contribution(by=by, reason=reason):
        held = list(Booking.objects.filter(visit=visit, released_at__isnull=True))
        for booking in held:
            _release(booking, reason=reason, at=at)
    return len(held)


def _check_span(starts_at: datetime, ends_at: datetime) -> None:
    if ends_at <= starts_at:
        raise Refused("The end must come after the beginning.", field="ends_at")
    if ends_at - starts_at > timedelta(days=2):
        raise Refused("More than two days at once cannot be right.", field="ends_at")


def _check_there(person: Person, visit: "Visit", *, starts_at: datetime, ends_at: datetime) -> None:
    first, last = (local_date(moment, zone=visit.site.zone) for moment in (starts_at, ends_at))
    if calendar.absences(on=first, until=last).filter(person=person).exists():
        raise Refused(f"{person.display_name} is away that day. Choose somebody else, or another day.", field="person")


def _release(booking: Booking, *, reason: str, at: datetime) -> None:
    booking.released_at, booking.release_reason = at, reason[:300]
    booking.save(update_fields=["released_at", "release_reason"])


def _taken(name: str, clashes: list[Booking], visit: "Visit", *, length: timedelta) -> str:
    """Returns who has what was asked for, and from when it is free as long; what lies at another site is not named."""
    if not clashes:
        return f"{name} is booked elsewhere at that time. Choose another time."
    first, last = clashes[0], max(clash.ends_at for clash in clashes)
    when = queries.span_in_words(first.starts_at, first.ends_at, zone=visit.site.zone)
    free = queries.moment_in_words(queries.next_free(first, after=last, length=length), zone=visit.site.zone)
    return f"{name} is booked for {first.visit.participant.screening_number}, {when}. Free again from {free}."
