"""Calendars: a secret address, entries that tell nothing, cover for who is away, and a chain that moves as one."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import icalendar
import pytest
from django.test import Client
from django.urls import reverse

from core.contributions import contribution, recorded_at
from core.errors import Conflict, Refused
from patients import actions as patients
from sessions import actions, calendar, queries
from sessions.chain import propose_chain
from sessions.models import Booking, CalendarFeed
from tests.assessments.conftest import booked, delegate_raters
from tests.stages import consented, randomised
from trials.queries import definition_of

AT = datetime(2026, 1, 5, 9, 0, tzinfo=ZoneInfo("UTC"))
ZONE = ZoneInfo("Europe/Lisbon")


@pytest.fixture(autouse=True)
def _today(world):
    with recorded_at(AT):
        yield


@pytest.fixture
def visit(world, ada, ben):
    """The first dosing session of a randomised participant, booked with room and pair; what follows has times too."""
    participant = randomised(world, by=ben, investigator=ada, at=AT)
    visits = {each.code: each for each in participant.visits.all()}
    dosing = visits["V5"]
    starts_at = at_site(dosing.target_on)
    patients.book_visit(dosing, starts_at=starts_at, by=ben, at=AT)
    room = actions.add_room(dosing.site, name="Garden room", by=ben)
    pair = [("therapist", world.people["tess"]), ("therapist", world.people["theo"])]
    night = (starts_at + timedelta(hours=8), starts_at + timedelta(hours=25))
    actions.book_day(
        dosing, room=room, people=[*pair, ("attendant", ben)], starts_at=starts_at - timedelta(hours=1),
        ends_at=starts_at + timedelta(hours=10), by=ben, night=night,
    )  # fmt: skip
    for code, days in (("V6", 1), ("V7", 8), ("V10", 28)):
        day = at_site(dosing.target_on + timedelta(days=days))
        patients.move_visit(visits[code], starts_at=day, reason="Planned together", by=ben, at=AT)
    actions.book_person(
        visits["V6"], person=world.people["tess"], duty="therapist", starts_at=visits["V6"].booked_at,
        ends_at=visits["V6"].booked_at + timedelta(hours=2), by=ben,
    )  # fmt: skip
    return dosing


def at_site(day: date, hour: int = 9) -> datetime:
    return datetime.combine(day, time(hour), tzinfo=ZONE)


def events(person, key):
    answer = Client().get(reverse("sessions:calendar-feed", args=[key]))
    assert answer.status_code == 200
    read = icalendar.Calendar.from_ical(answer.content)
    return answer.content.decode(), {str(each["uid"]): each for each in read.walk("VEVENT")}


def test_feed_tells_that_and_when_and_nothing_else(visit, world):
    tess = world.people["tess"]
    key = actions.make_address(by=tess, at=AT)

    text, found = events(tess, key)

    assert {str(each["summary"]) for each in found.values()} == {"Appointment"}
    assert {str(each["sequence"]) for each in found.values()} == {"0"}
    telling = [visit.participant.screening_number, visit.participant.public_id, "V5", "Experimental", "dos", "Lisbon",
               "Garden", "Marr", world.trial.code, "DESCRIPTION:V", "LOCATION"]  # fmt: skip
    assert [word for word in telling if word.lower() in text.replace("Europe/Lisbon", "").lower()] == []
    said = [line.split(":", 1)[1].lower() for line in text.splitlines() if line.startswith(("SUMMARY", "DESC", "X-"))]
    assert not any(word in line for line in said for word in definition_of(world.version).banned_words)


def test_moved_appointment_keeps_its_uid_and_cancelled_one_says_so(visit, world, ben):
    tess = world.people["tess"]
    key = actions.make_address(by=tess, at=AT)
    _, before = events(tess, key)
    day = next(uid for uid, each in before.items() if each.decoded("dtstart") == visit.booked_at - timedelta(hours=1))

    later = visit.booked_at + timedelta(hours=1)
    actions.book_person(
        visit, person=tess, duty="therapist", starts_at=later, ends_at=later + timedelta(hours=8), by=ben
    )
    _, moved = events(tess, key)
    patients.miss_visit(visit, reason="Ill", by=ben, at=AT)
    _, cancelled = events(tess, key)

    assert set(before) == set(moved) == set(cancelled)
    assert moved[day].decoded("dtstart") == later
    assert [int(feed[day]["sequence"]) for feed in (before, moved, cancelled)] == [0, 2, 3]
    assert [str(feed[day]["status"]) for feed in (moved, cancelled)] == ["CONFIRMED", "CANCELLED"]


def test_revoked_and_guessed_addresses_open_alike_to_nobody(visit, world):
    tess = world.people["tess"]
    first = actions.make_address(by=tess, at=AT)
    second = actions.make_address(by=tess, at=AT)
    actions.revoke_address(by=tess, at=AT)

    answers = [Client().get(reverse("sessions:calendar-feed", args=[key])) for key in (first, second, "guessed")]

    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1
    assert not CalendarFeed.objects.filter(key_digest__in=[first, second]).exists()


def test_rater_is_held_once_at_a_time_and_reads_an_opaque_entry(visit, world, ben, client_for):
    with contribution(by=ben, reason="Pool delegated"):
        delegate_raters(world, "rhea")
    with_rater = booked(consented(world, by=ben, at=AT), "V3", by=ben)
    rater = world.people["rhea"]
    moment = AT + timedelta(days=40)
    actions.book_interview(with_rater, starts_at=moment, by=ben)
    key = actions.make_address(by=rater, at=AT)

    text, found = events(rater, key)
    page = client_for(rater).get(reverse("sessions:calendar-own")).content.decode()

    assert [str(each["summary"]) for each in found.values()] == ["Interview"]
    assert "Lisbon" not in text and "S01" not in text + page and with_rater.name not in page
    other = visit.participant.visits.get(code="V9")
    with pytest.raises(Conflict, match="is booked"):
        actions.book_person(
            other, person=rater, duty="independent_assessor", starts_at=moment + timedelta(hours=1),
            ends_at=moment + timedelta(hours=2), by=ben,
        )  # fmt: skip


def test_attendant_is_held_for_the_night_alone_and_twice_in_no_night(visit, ben):
    held = {row.duty: row for row in queries.bookings_of(visit)}

    assert held["attendant"].starts_at == visit.booked_at + timedelta(hours=8)
    with pytest.raises(Conflict, match="Ben Okafor is booked"):
        begins = held["attendant"].starts_at + timedelta(hours=5)
        other = visit.participant.visits.get(code="V10")
        actions.book_person(
            other, person=ben, duty="attendant", starts_at=begins, ends_at=begins + timedelta(hours=3), by=ben
        )


def test_absence_asks_for_cover_and_cover_is_an_action(visit, world, ada, ben, client_for):
    tess, day = world.people["tess"], visit.target_on
    actions.record_absence(tess, starts_on=day, ends_on=day, by=tess, at=AT)
    booking = Booking.objects.get(visit=visit, person=tess, released_at__isnull=True)
    browser = client_for(ben)

    page = browser.get(reverse("sessions:cover-list"))

    assert [row.booking for row in page.context["rows"]] == [booking]
    assert world.people["theo"] not in page.context["rows"][0].able
    with pytest.raises(Refused, match="Tess Marr is away"):
        actions.book_person(
            visit, person=tess, duty="clinician", starts_at=booking.starts_at, ends_at=booking.ends_at, by=ben
        )
    refused = browser.post(
        reverse("sessions:cover-take", args=[booking.public_id]), {"person": world.people["theo"].pk}
    )
    assert refused.status_code == 422
    assert "Nobody is free" in page.content.decode()


def test_covered_booking_goes_to_somebody_else_at_the_same_time(visit, world, ben):
    theo = world.people["theo"]
    own = visit.participant.visits.get(code="V6")
    booking = Booking.objects.get(visit=own, released_at__isnull=True)
    actions.record_absence(
        world.people["tess"], starts_on=own.booked_at.date(), ends_on=own.booked_at.date(), by=ben, at=AT
    )

    covered = actions.cover_booking(booking, person=theo, by=ben, at=AT)

    assert (covered.person, covered.duty, covered.starts_at) == (theo, "therapist", booking.starts_at)
    booking.refresh_from_db()
    assert booking.release_reason == "Covered by somebody else"
    with pytest.raises(Conflict):
        actions.cover_booking(booking, person=theo, by=ben, at=AT)


def test_moved_session_takes_its_chain_along_at_one_confirmation(visit, ben, client_for):
    participant, new = visit.participant, visit.booked_at + timedelta(days=2)
    browser, address = client_for(ben), reverse("overview:visit-move", args=[visit.public_id])
    typed = {"starts_at": f"{new.astimezone(ZONE):%Y-%m-%dT%H:%M}", "reason": "The room is painted"}

    page = browser.post(address, {**typed, "step": "preview"})
    chain = page.context["chain"]
    slots = {line.field: line.chosen.isoformat() for line in chain.lines if line.chosen}
    assert Booking.objects.filter(visit=visit, released_at__isnull=False).count() == 0
    answer = browser.post(address, {**typed, **slots, "step": "move"})

    assert answer.status_code == 302
    by_code = {line.visit.code: line for line in chain.lines}
    assert {code for code, line in by_code.items() if line.chosen} == {"V6", "V7", "V10"}
    moved = {each.code: each for each in participant.visits.filter(code__in=["V5", "V6", "V7", "V10"])}
    assert moved["V5"].booked_at == new
    assert moved["V6"].booked_at.date() == new.date() + timedelta(days=1)
    held = Booking.objects.filter(visit=visit, released_at__isnull=True)
    assert {row.starts_at for row in held} == {new - timedelta(hours=1), new + timedelta(hours=8)}
    assert Booking.objects.get(visit=moved["V6"], released_at__isnull=True).starts_at == moved["V6"].booked_at


def test_slot_lies_in_the_window_on_a_day_on_which_everybody_is_there(visit, world):
    tess, follower = world.people["tess"], visit.participant.visits.get(code="V6")
    new = visit.booked_at + timedelta(days=2)
    free = {line.visit.code: line for line in propose_chain(visit, starts_at=new).lines}
    away = new.astimezone(ZONE).date() + timedelta(days=1)
    actions.record_absence(tess, starts_on=away, ends_on=away, by=tess, at=AT)

    line = next(each for each in propose_chain(visit, starts_at=new).lines if each.visit == follower)

    assert all(free["V7"].earliest_on <= slot.date() <= free["V7"].latest_on for slot in free["V7"].slots)
    assert all(slot.astimezone(ZONE).isoweekday() < 6 for slot in free["V7"].slots)
    assert (line.slots, line.obstacle) == ((), "Tess Marr is away on that day.")


def test_chain_moves_whole_or_not_at_all(visit, world, ben):
    new = visit.booked_at + timedelta(days=2)
    slots = {line.visit.code: line.chosen for line in propose_chain(visit, starts_at=new).lines}
    actions.record_absence(
        world.people["theo"], starts_on=new.astimezone(ZONE).date(), ends_on=new.astimezone(ZONE).date(), by=ben, at=AT
    )

    with pytest.raises(Conflict, match="Theo Tahk is away"):
        actions.move_chain(visit, starts_at=new, slots=slots, reason="Painted", by=ben, at=AT)

    visit.refresh_from_db()
    assert visit.booked_at == new - timedelta(days=2)
    assert Booking.objects.filter(visit=visit, released_at__isnull=False).count() == 0


def test_own_hours_steer_the_slots_and_a_half_day_is_told(visit, world, client_for):
    tess = world.people["tess"]
    browser, address = client_for(tess), reverse("sessions:calendar-own")

    half = browser.post(address, {"do": "hours", "from_1": "09:00"})
    kept = browser.post(address, {"do": "hours", "from_1": "09:00", "to_1": "17:00"})

    assert half.status_code == 422 and "Enter both times" in half.content.decode()
    assert kept.status_code == 302
    named = calendar.working_days([tess])[tess.pk]
    rules = definition_of(world.version).booking
    monday = datetime(2026, 2, 2, 10, tzinfo=ZoneInfo(tess.zone))
    assert calendar.works_at(tess, monday, named=named, rules=rules, zone="UTC")
    assert not calendar.works_at(tess, monday + timedelta(days=1), named=named, rules=rules, zone="UTC")
