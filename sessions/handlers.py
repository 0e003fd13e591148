"""What this room does when another room announces something; in the same transaction."""

from datetime import datetime, timedelta

from core.contributions import current
from core.models import Person
from patients.events import VisitBooked, VisitCancelled, VisitMissed
from patients.queries import visit_by_id
from sessions import queries
from sessions.actions import release_bookings_of
from sessions.models import Booking


def on_visit_booked(event: VisitBooked) -> None:
    """Gives back room and people that were held for another time: whoever moves a visit books the day anew."""
    visit = visit_by_id(event.visit_id)
    held = queries.bookings_of(visit)
    at = visit.booked_at
    if at is not None and any(not _holds(booking, at) for booking in held):
        release_bookings_of(visit, reason="The visit was moved", by=_actor(), at=at)


def _holds(booking: Booking, at: datetime) -> bool:
    """Returns whether something is still held for a visit at its new time; the attendant comes for the night after."""
    if booking.duty == queries.ATTENDANT:
        return at < booking.starts_at < at + timedelta(days=1) or booking.starts_at <= at < booking.ends_at
    return booking.starts_at <= at < booking.ends_at


def on_visit_gone(event: VisitMissed | VisitCancelled) -> None:
    """Gives back room and people of a visit that does not take place."""
    visit = visit_by_id(event.visit_id)
    if queries.bookings_of(visit):
        at = visit.booked_at or visit.recorded_at
        release_bookings_of(visit, reason="The visit does not take place", by=_actor(), at=at)


def _actor() -> Person:
    under_way = current()
    assert under_way is not None
    return Person.objects.get(pk=under_way.actor_id)
