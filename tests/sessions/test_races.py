"""Two tablets and an impatient network: the same entry at once, and many entries at once."""

import json
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

from django.db import connections
from django.urls import reverse

from core import contributions
from sessions.models import SessionNote, StreamPosition
from tests.conftest import size
from tests.sessions.conftest import dosing_day
from tests.sessions.test_stream import entry

HANDS = 20


def committed_day(world):
    people = world.people
    with contributions.contribution(by=people["ben"], reason="Arranged by the test"):
        return dosing_day(world, by=people["ben"], investigator=people["ada"], pair=("tess", "theo"), handler="phil")


def posted(client_for, day, bodies):
    """Returns the answers to bodies that are sent at once, by the two therapists in turn.

    A busy server may tell one to come again, which a tablet does.
    """
    address = reverse("sessions:entry-stream", args=[day.session.public_id])
    clients = [client_for(person) for person in (day.first, day.second)]
    for client in clients:
        client.raise_request_exception = False

    def send(numbered):
        number, body = numbered
        try:
            while True:
                answer = clients[number % 2].post(address, json.dumps(body), content_type="application/json")
                if answer.status_code != 503:
                    return answer
        finally:
            connections.close_all()

    with ThreadPoolExecutor(HANDS) as hands:
        return list(hands.map(send, enumerate(bodies)))


def test_one_entry_sent_twenty_times_at_once_is_one_row_and_one_answer(own_database, world, client_for, acting):
    day, body = committed_day(world), entry(submission_id=str(uuid4()))

    answers = posted(client_for, day, [body] * HANDS)

    assert sorted(answer.status_code for answer in answers) == [200] * (HANDS - 1) + [201]
    assert len({answer.content for answer in answers}) == 1
    with acting(day.first):
        assert SessionNote.objects.count() == 1


def test_entries_of_two_at_once_have_places_without_hole_in_the_order_of_commits(
    own_database, world, client_for, acting
):
    day, number = committed_day(world), size(small=40, full=400)
    with acting(day.first):
        before = StreamPosition.objects.count()

    answers = posted(client_for, day, [entry() for _ in range(number)])

    assert {answer.status_code for answer in answers} == {201}
    with acting(day.first):
        rows = list(StreamPosition.objects.filter(session=day.session).order_by("sequence"))
    assert [row.sequence for row in rows] == list(range(1, before + number + 1))
    assert [row.recorded_at for row in rows] == sorted(row.recorded_at for row in rows)
