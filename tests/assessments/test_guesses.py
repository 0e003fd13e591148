"""Guesses at the arm by the study team: each for oneself, once, and closed to everybody of the site."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse

from assessments.models import ArmGuess
from core.contributions import reading_as
from core.permissions import Viewer
from integration.queries import worklist_items
from patients import actions as patients
from tests.reading import text_of
from tests.sessions.conftest import dosing_day


@pytest.fixture
def after_dosing(world, ada, ben):
    """The integration visit of the day after a dose, which has begun."""
    from decimal import Decimal

    day = dosing_day(world, by=ben, investigator=ada, pair=("tess", "theo"), handler="phil")
    day.vitals(temperature_c=Decimal("36.8"), minute=-10)
    day.give()
    visit = day.session.participant.visits.select_related("participant__protocol_version", "site").get(code="V6")
    with reading_as(ben):
        return patients.start_visit(visit, by=ben, at=day.at + timedelta(days=1))


def address(visit):
    return reverse("assessments:guess-record", args=[visit.public_id])


def guess(**changes):
    return {
        "submission_id": str(uuid4()), "guess": "cannot_tell", "certainty": "unsure", "basis": "Quiet all day",
    } | changes  # fmt: skip


def test_each_therapist_guesses_once_and_sees_only_the_own_guess(after_dosing, client_for, tess, theo):
    first, second = client_for(tess), client_for(theo)
    same = guess(basis="Jaw moved all afternoon")

    answers = [first.post(address(after_dosing), same).status_code for _ in range(3)]
    again = first.post(address(after_dosing), guess())
    silent = second.post(address(after_dosing), guess(basis=""))
    second.post(address(after_dosing), guess(guess="PBO"))

    assert answers == [302, 302, 302] and (again.status_code, silent.status_code) == (422, 422)
    assert "Jaw moved" in text_of(first.get(address(after_dosing)))
    assert "Jaw moved" not in text_of(second.get(address(after_dosing)))


def test_guess_is_read_by_its_author_and_the_statistician_alone(after_dosing, world, client_for, tess):
    client_for(tess).post(address(after_dosing), guess())

    seen = set()
    for username, person in world.people.items():
        with reading_as(person):
            if ArmGuess.objects.exists():
                seen.add(username)

    assert seen == {"tess", "stan"}


def test_guess_is_asked_on_the_worklist_of_who_was_in_the_room(after_dosing, client_for, tess, theo, ben):
    at = after_dosing.started_at + timedelta(hours=1)
    asked = [
        [item.task for item in worklist_items(Viewer.at(person, at), at) if "Guess" in item.task]
        for person in (tess, theo, ben)
    ]
    client_for(tess).post(address(after_dosing), guess())

    assert [len(tasks) for tasks in asked] == [1, 1, 0]
    assert not [item for item in worklist_items(Viewer.at(tess, at), at) if "Guess" in item.task]


def test_guess_comes_at_the_visit_and_not_before(after_dosing, client_for, tess):
    later = after_dosing.participant.visits.get(code="V11")
    without = after_dosing.participant.visits.get(code="V7")

    assert client_for(tess).post(address(later), guess()).status_code == 422
    assert client_for(tess).get(address(without)).status_code == 404
