"""Fifty people book the same room at once: nothing overlaps, and whoever is refused is told why and what is free."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import pairwise
from threading import Barrier
from zoneinfo import ZoneInfo

import pytest
from django.db import connections

from core import contributions
from core.errors import Conflict
from patients.models import Visit
from sessions import actions
from sessions.models import Booking
from tests.assessments.conftest import consented_participant
from tests.cast import AT
from tests.conftest import size

PEOPLE = size(small=16, full=50)
STARTS = AT + timedelta(days=40)
FREE = re.compile(r"Free again from (\d+ \w+ \d\d:\d\d)\.")


@pytest.mark.prove
def test_nothing_overlaps_and_the_offered_slot_is_free(own_database, world, evidence):
    ben, site = world.people["ben"], world.sites["A"]
    with contributions.reading_as(ben), contributions.contribution(by=ben, reason="Arranged by the test"):
        room = actions.add_room(site, name="Garden room", by=ben)
        participants = [consented_participant(world, by=ben).pk for _ in range(PEOPLE)]
        # A gap of an hour after the first span is too short for a session of four.
        visit = visits_of(participants[0], "V8")
        actions.book_room(visit, room=room, by=ben, **span(hours=(5, 9)))
    barrier = Barrier(PEOPLE)

    def book(participant_id):
        try:
            with contributions.reading_as(ben):
                barrier.wait()
                actions.book_room(visits_of(participant_id, "V5"), room=room, by=ben, **span(hours=(0, 4)))
                return ""
        except Conflict as refused:
            return refused.message
        finally:
            connections.close_all()

    with ThreadPoolExecutor(PEOPLE) as hands:
        told = list(hands.map(book, participants))

    refused = [message for message in told if message]
    offered = {FREE.search(message)[1] for message in refused}
    with contributions.reading_as(ben):
        held = list(Booking.objects.filter(room=room, released_at__isnull=True).order_by("starts_at"))
        overlaps = sum(one.ends_at > two.starts_at for one, two in pairwise(held))
        assert (len(refused), len(held), overlaps) == (PEOPLE - 1, 2, 0)
        assert all("is booked for S01-" in message for message in refused)
        # Four hours are free after the later booking, not in the gap before it.
        assert offered == {f"{local(STARTS + timedelta(hours=9)):%-d %b %H:%M}"}
        actions.book_room(visits_of(participants[1], "V5"), room=room, by=ben, **span(hours=(9, 13)))
    evidence("bookings", people=PEOPLE, overlaps=overlaps, refused=len(refused), offered=sorted(offered))


def visits_of(participant_id: int, code: str) -> Visit:
    return Visit.objects.select_related("site", "participant").get(participant_id=participant_id, code=code)


def span(*, hours: tuple[int, int]) -> dict[str, datetime]:
    return {"starts_at": STARTS + timedelta(hours=hours[0]), "ends_at": STARTS + timedelta(hours=hours[1])}


def local(moment: datetime) -> datetime:
    return moment.astimezone(ZoneInfo("Europe/Lisbon"))
