"""The pages that look across rooms."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core.roles import ROLES, Role
from pharmacy.models import Kit
from tests.stages import consented

AT = datetime(2026, 1, 5, 10, 0, tzinfo=UTC)


@pytest.fixture
def participant(world, ben):
    return consented(world, by=ben, at=AT)


@pytest.mark.parametrize(
    "username", ["ben", "tess", "rhea", "phil", "ada", "mona", "dev", "sofia", "adam", "stan", "mel"]
)
def test_every_role_has_a_worklist(username, world, participant, client_for):
    answer = client_for(world.people[username]).get("/")

    assert answer.status_code == 200
    assert "<h1>Worklist</h1>" in answer.content.decode()
    assert set(Role) - {Role.SYSTEM} <= set(ROLES)


def test_matrix_shows_own_participants_only(participant, ben, cleo, client_for):
    assert participant.screening_number in client_for(ben).get(reverse("overview:matrix")).content.decode()
    assert participant.screening_number not in client_for(cleo).get(reverse("overview:matrix")).content.decode()


def test_timeline_of_another_site_does_not_exist(participant, ben, cleo, client_for):
    url = reverse("overview:timeline", args=[participant.public_id])

    page = client_for(ben).get(url).content.decode()
    assert "Experimental session 1" in page
    assert client_for(cleo).get(url).status_code == 404


def test_move_previews_then_moves(participant, ben, client_for):
    visit = participant.visits.get(code="V1")
    url = reverse("overview:visit-move", args=[visit.public_id])
    entered = {"starts_at": "2026-01-20T09:00", "reason": "Therapist unavailable"}

    preview = client_for(ben).post(url, entered | {"step": "preview"})
    assert "dates move with it" in preview.content.decode()
    visit.refresh_from_db()
    assert visit.booked_at is None

    client_for(ben).post(url, entered | {"step": "move"})
    visit.refresh_from_db()
    assert visit.booked_at == datetime(2026, 1, 20, 9, 0, tzinfo=UTC)


def test_matrix_costs_the_same_statements_for_more_participants(world, ben, client_for):
    client = client_for(ben)
    consented(world, by=ben, at=AT)
    client.get(reverse("overview:matrix"))
    with CaptureQueriesContext(
        connection,
    ) as one:
        client.get(reverse("overview:matrix"))
    for days in range(1, 5):
        consented(world, by=ben, at=AT + timedelta(days=days), name=f"Person {days}")
    with CaptureQueriesContext(connection) as many:
        client.get(reverse("overview:matrix"))

    assert len(many) == len(one)
    assert len(many) <= 16


def test_chosen_visit_opens_beside_the_matrix_under_its_own_address(participant, ben, cleo, client_for):
    visit = participant.visits.get(code="V1")
    address = reverse("overview:matrix") + f"?visit={visit.public_id}"

    page = client_for(ben).get(address).content.decode()
    part = client_for(ben).get(address, headers={"HX-Request": "true", "HX-Target": "visit_panel"}).content.decode()

    assert "S01-001, Preparatory session 1" in page and "S01-001, Preparatory session 1" in part
    assert "<table" in page and "<table" not in part
    assert client_for(cleo).get(address).status_code == 404


def test_matrix_heads_carry_the_protocols_short_names(participant, ben, client_for):
    page = client_for(ben).get(reverse("overview:matrix")).content.decode()

    assert '<abbr title="Screening">Scr</abbr>' in page
    assert '<abbr title="V5, Experimental session 1">D1</abbr>' in page


def test_a_visit_to_book_belongs_to_the_coordinator_of_its_site(participant, ada, client_for):
    with_owner = {item.owner for band in client_for(ada).get("/").context["bands"] for item in band.shown}

    assert "Ben Okafor" in with_owner
    assert "" not in with_owner


def found(client, text):
    answer = client.get(reverse("overview:search"), {"q": text})
    return [answer.url] if answer.status_code == 302 else [hit.code for hit in answer.context["hits"]]


def test_search_finds_by_code_number_and_address_what_the_person_may_see(participant, ben, cleo, client_for):
    visit = participant.visits.get(code="V5")
    here, elsewhere = client_for(ben), client_for(cleo)

    assert found(here, participant.screening_number.lower()) == [
        reverse("overview:timeline", args=[participant.public_id])
    ]
    assert found(here, f"{participant.screening_number} V5")[0].startswith(participant.screening_number)
    for text in (visit.public_id, visit.public_id[:12]):
        assert found(here, text) == [reverse("patients:visit-detail", args=[visit.public_id])]
        assert found(elsewhere, text) == []
    assert found(here, "Nina") == found(here, "Sample") == []
    assert "Names are not searched" in here.get(reverse("overview:search"), {"q": "Nina"}).content.decode()


def test_only_the_pharmacy_finds_a_kit(world, participant, ben, client_for):
    kit = Kit.objects.filter(site=world.sites["A"]).first()
    other = Kit.objects.filter(site=world.sites["B"]).first()

    phil = client_for(world.people["phil"])
    assert found(phil, kit.number) == [reverse("pharmacy:kit-detail", args=[kit.public_id])]
    assert found(phil, other.number) == found(phil, participant.screening_number) == []
    assert found(client_for(ben), kit.number) == []


@pytest.mark.parametrize("username", ["ben", "ada", "tess", "mona", "dev"])
def test_no_tab_of_a_participant_leads_to_what_does_not_exist_for_the_person(username, world, participant, client_for):
    client = client_for(world.people[username])
    page = client.get(reverse("overview:timeline", args=[participant.public_id])).content.decode()

    tabs = re.findall(r'href="([^"?]+)"', page.split('<nav class="tabs"')[1].split("</nav>")[0])

    assert len(tabs) >= 3
    assert {address: client.get(address).status_code for address in tabs} == dict.fromkeys(tabs, 200)
