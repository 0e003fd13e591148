"""Rooms and people: held without overlap, told in a clear sentence, given back when the visit moves."""

from datetime import UTC, datetime, time, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from core.contributions import contribution
from core.errors import Conflict, Refused
from patients import actions as patients
from sessions import actions, queries
from sessions.models import Booking


@pytest.fixture
def room(day, ben):
    return actions.add_room(day.session.site, name="Garden room", by=ben)


def span(day, hour=0, hours=8):
    start = day.at + timedelta(days=30, hours=hour)
    return {"starts_at": start, "ends_at": start + timedelta(hours=hours)}


def test_room_is_held_once_at_a_time_and_the_clash_says_by_whom_and_until_when(day, room, ben):
    first, other = day.session.visit, day.session.participant.visits.get(code="V10")
    actions.book_room(first, room=room, by=ben, **span(day))
    actions.book_room(other, room=room, by=ben, **span(day, hour=8))

    with pytest.raises(Conflict) as clash:
        actions.book_room(other, room=room, by=ben, **span(day, hour=4))

    assert clash.value.message.startswith("Garden room is booked for S01-")
    assert "Free again from" in clash.value.message
    assert (
        Booking.objects.filter(visit=other, released_at__isnull=True).get().starts_at == span(day, hour=8)["starts_at"]
    )


def test_database_itself_refuses_an_overlap(day, room, ben):
    actions.book_room(day.session.visit, room=room, by=ben, **span(day))

    with pytest.raises(IntegrityError), transaction.atomic(), contribution(by=ben, reason="Past the action"):
        Booking.objects.create(
            visit=day.session.visit, site=day.session.site, room=room, recorded_by=ben, **span(day, hour=1)
        )


def test_person_is_booked_for_a_held_duty_alone_and_in_one_place(day, ben):
    visit, other = day.session.visit, day.session.participant.visits.get(code="V10")
    with pytest.raises(Refused, match="attendant"):
        actions.book_person(visit, person=day.first, duty="attendant", by=ben, **span(day))
    actions.book_person(visit, person=day.first, duty="therapist", by=ben, **span(day))

    with pytest.raises(Conflict, match="Tess Marr is booked"):
        actions.book_person(other, person=day.first, duty="therapist", by=ben, **span(day, hour=2))


def test_day_is_booked_whole_or_not_at_all(day, room, ben):
    visit, other = day.session.visit, day.session.participant.visits.get(code="V10")
    actions.book_person(other, person=day.second, duty="therapist", by=ben, **span(day))

    with pytest.raises(Conflict):
        people = [("therapist", day.first), ("therapist", day.second)]
        actions.book_day(visit, room=room, people=people, by=ben, **span(day))

    assert queries.bookings_of(visit) == []


def test_moved_visit_gives_back_what_was_held_for_the_other_time(day, room, ben, client_for):
    visit = day.session.participant.visits.get(code="V6")
    start = datetime.combine(visit.target_on, time(10), tzinfo=UTC)
    patients.book_visit(visit, starts_at=start, by=ben, at=day.at)
    actions.book_room(visit, room=room, starts_at=start, ends_at=start + timedelta(hours=2), by=ben)
    assert "Garden room" in client_for(ben).get(reverse("sessions:room-list")).content.decode()

    patients.book_visit(visit, starts_at=start + timedelta(hours=5), by=ben, at=day.at)

    assert queries.bookings_of(visit) == []
    assert Booking.objects.get(visit=visit).release_reason == "The visit was moved"
