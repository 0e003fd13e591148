"""Guesses at the arm by the study team: each for oneself, once, and closed to everybody of the site."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse

from assessments import actions
from assessments.models import ArmGuess, Assessment
from assessments.queries import items_for
from assessments.queries import worklist_items as coordinators_worklist
from core.contributions import reading_as
from core.models import Person
from core.permissions import Viewer
from core.worklist import lines_of
from integration.worklist import worklist_items
from patients import actions as patients
from tests.assessments.conftest import booked
from tests.cast import AT, PASSWORD
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
        [item.task for item in lines_of(worklist_items(Viewer.at(person, at), at)) if "Guess" in item.task]
        for person in (tess, theo, ben)
    ]
    client_for(tess).post(address(after_dosing), guess())

    assert [len(tasks) for tasks in asked] == [1, 1, 0]
    assert not [item for item in lines_of(worklist_items(Viewer.at(tess, at), at)) if "Guess" in item.task]


def test_coordinator_is_asked_too_and_reads_the_own_guess_alone(after_dosing, client_for, tess, ben):
    at = after_dosing.started_at + timedelta(hours=1)
    client_for(tess).post(address(after_dosing), guess(basis="Jaw moved all afternoon"))
    asked = [item.url for item in lines_of(coordinators_worklist(Viewer.at(ben, at), at)) if "Guess" in item.task]

    answer = client_for(ben).post(address(after_dosing), guess(basis="The voice on the phone"))

    page = text_of(client_for(ben).get(address(after_dosing)))
    assert asked == [address(after_dosing)] and answer.status_code == 302
    assert "The voice on the phone" in page and "Jaw moved" not in page
    assert not [item for item in lines_of(coordinators_worklist(Viewer.at(ben, at), at)) if "Guess" in item.task]


def last_visit(after_dosing, ben):
    visit = after_dosing.participant.visits.select_related("participant__protocol_version", "site").get(code="V20")
    with reading_as(ben):
        return patients.start_visit(visit, by=ben, at=after_dosing.started_at + timedelta(days=90))


def test_participant_types_on_the_tablet_and_nobody_of_the_site_reads_it(
    after_dosing, world, client_for, ben, ada, acting
):
    visit, client = last_visit(after_dosing, ben), client_for(ben)
    way = reverse("assessments:guess-of-participant", args=[visit.public_id])
    tablet = reverse("assessments:guess-tablet", args=[visit.public_id])
    shown = text_of(client.get(way))

    thanks = client.post(tablet, guess(guess="PBO", basis="I slept"))
    afterwards = client.get(way)

    assert "Hand the tablet over" in shown and "give the tablet back" in text_of(thanks)
    assert afterwards.status_code == 302 and "/accounts/login/" in afterwards["Location"]
    assert "stands as it was made" in text_of(client_for(ben).get(way))
    readers = set()
    for username, person in world.people.items():
        with acting(person):
            readers |= {username} if ArmGuess.objects.filter(visit=visit).exists() else set()
    assert readers == {"stan"}
    with acting(Person.objects.system("tablet")):
        row = ArmGuess.objects.get(visit=visit)
        assert (row.source, row.guess, row.basis, row.recorded_by.username) == (
            "tablet", "PBO", "I slept", "system:tablet",
        )  # fmt: skip


def test_handed_over_tablet_shows_nothing_else_until_it_is_taken_back(after_dosing, client_for, ben):
    visit, client = last_visit(after_dosing, ben), client_for(ben)
    way = reverse("assessments:guess-of-participant", args=[visit.public_id])
    tablet = reverse("assessments:guess-tablet", args=[visit.public_id])

    handed = client.post(way, {"hand_over": "yes"})
    elsewhere = client.get("/")
    wrong = client.post(tablet, {"take_back": "yes", "password": "x"})
    back = client.post(tablet, {"take_back": "yes", "password": PASSWORD})

    assert (handed["Location"], elsewhere["Location"], wrong.status_code) == (tablet, tablet, 422)
    assert back["Location"] == way and client.get("/").status_code == 200


def test_participants_guess_is_recorded_once_whichever_way(after_dosing, client_for, ben):
    visit = last_visit(after_dosing, ben)
    way = reverse("assessments:guess-of-participant", args=[visit.public_id])
    tablet = reverse("assessments:guess-tablet", args=[visit.public_id])

    silent = client_for(ben).post(way, guess(source_note=""))
    told = client_for(ben).post(way, guess(source_note="By telephone"))
    again = client_for(ben).post(tablet, guess())

    assert silent.status_code == 422 and "Say how you heard it" in text_of(silent)
    assert told.status_code == 302 and again.status_code == 422
    assert visit.procedures.get(code="BLIND_GUESS_P").state == "done"


def test_the_questionnaires_of_the_site_hold_no_guess(after_dosing, ben):
    visit = last_visit(after_dosing, ben)

    with reading_as(ben):
        assert "BLIND_GUESS" not in Assessment.objects.filter(visit=visit).values_list("instrument", flat=True)


def test_rater_says_what_the_guess_rests_on_when_locking(participant, ben, rhea, rolf, client_for):
    visit = booked(participant, "V9", by=ben)
    part = Assessment.objects.get(visit=visit, instrument="BLIND_GUESS")
    rater = part.rater
    with reading_as(rater):
        for own in Assessment.objects.filter(rater=rater, visit_id=visit.pk):
            answers = {item.number: 0 if own == part else next(iter(item.values)) for item in items_for(own)}
            actions.enter_items(own, answers=answers, by=rater, at=AT)
    lock = reverse("assessments:rating-lock", args=[part.public_id])

    silent = client_for(rater).post(lock, {"password": PASSWORD})
    locked = client_for(rater).post(lock, {"password": PASSWORD, "guess_basis": "The way of speaking"})

    assert silent.status_code == 422 and "Say what your guess rests on" in text_of(silent)
    assert locked.status_code == 302
    with reading_as(rater):
        row = ArmGuess.objects.get()
        assert (row.procedure, row.basis, row.recorded_by) == ("BLIND_GUESS_A", "The way of speaking", rater)
    with reading_as(ben):
        assert not ArmGuess.objects.exists()


def test_guess_comes_at_the_visit_and_not_before(after_dosing, client_for, tess):
    later = after_dosing.participant.visits.get(code="V11")
    without = after_dosing.participant.visits.get(code="V7")

    assert client_for(tess).post(address(later), guess()).status_code == 422
    assert client_for(tess).get(address(without)).status_code == 404
