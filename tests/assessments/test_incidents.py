"""The register of inadvertent unblindings: who tells, who reads, who judges."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse

from assessments.models import IncidentAssessment, UnblindingIncident
from core.contributions import reading_as
from tests import stages
from tests.cast import AT
from tests.reading import text_of


@pytest.fixture
def told(world, ben, tess, client_for):
    """A therapist tells that she learned something; the data manager has it before him."""
    participant = stages.consented(world, by=ben, at=AT)
    answer = client_for(tess).post(address(participant), report())
    assert answer.status_code == 302
    return participant


def address(participant):
    return reverse("assessments:incident-report", args=[participant.public_id])


def report(**changes):
    return {
        "submission_id": str(uuid4()), "whose": "therapist", "happened_at": "2026-01-05T08:00", "kind": "allocation",
        "how": "The box was open on the table", "text": "The leaflet could be read",
    } | changes  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "words"),
    [({"how": ""}, "required"), ({"kind": "other", "text": ""}, "Say in a few words"),
     ({"happened_at": "2099-01-05T08:00"}, "has not come yet")],
    ids=["how is missing", "nothing said", "a time to come"],
)  # fmt: skip
def test_an_incident_that_says_too_little_is_refused_with_everything_typed(told, tess, client_for, changes, words):
    answer = client_for(tess).post(address(told), report(**changes))

    assert answer.status_code == 422 and words in text_of(answer)


def test_the_teller_and_the_blinded_desk_read_it_and_nobody_else(told, world):
    readers = set()
    for username, person in world.people.items():
        with reading_as(person):
            readers |= {username} if UnblindingIncident.objects.exists() else set()

    assert readers == {"tess", "dev"}


def test_the_desk_assesses_once_with_consequence_and_reason(told, dev, client_for):
    client, incident = client_for(dev), UnblindingIncident.objects.get()
    page = reverse("assessments:incident-detail", args=[incident.public_id])
    listed = text_of(client.get(reverse("assessments:incident-list")))

    silent = client.post(page, {"consequence": "noted", "note": ""})
    first = client.post(page, {"consequence": "noted", "note": "The pair stays; named in the analysis"})
    again = client.post(page, {"consequence": "none", "note": "Changed my mind"})

    assert "A therapist" in listed and "The box was open" in listed
    assert [answer.status_code for answer in (silent, first, again)] == [422, 302, 422]
    row = IncidentAssessment.objects.get()
    assert (row.consequence, row.recorded_by) == ("noted", dev)
    assert "Dev Anand" in text_of(client.get(page))


def test_a_form_sent_twice_tells_it_once(world, ben, tess, client_for):
    participant, same = stages.consented(world, by=ben, at=AT), report()

    answers = [client_for(tess).post(address(participant), same).status_code for _ in range(3)]

    assert answers == [302, 302, 302] and UnblindingIncident.objects.count() == 1


@pytest.mark.parametrize("username", ["cleo", "phil", "stan", "rhea", "adam", "eve"])
def test_who_does_not_see_the_participant_has_no_page(world, told, client_for, username):
    assert client_for(world.people[username]).get(address(told)).status_code == 404


def test_nobody_judges_what_he_told(world, ben, dev, client_for):
    participant = stages.consented(world, by=ben, at=AT)
    client_for(dev).post(address(participant), report(whose="sponsor"))
    incident = UnblindingIncident.objects.get()

    answer = client_for(dev).post(
        reverse("assessments:incident-detail", args=[incident.public_id]), {"consequence": "none", "note": "Nothing"}
    )

    assert answer.status_code == 422 and "Somebody else assesses" in text_of(answer)
    assert incident.observed_at < AT + timedelta(days=1)
