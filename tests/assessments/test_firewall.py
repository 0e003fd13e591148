"""The rater's firewall: in the database by row security, on pages by access, in what a page says."""

import re
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.apps import apps
from django.db import connection, models
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from assessments import actions
from assessments.models import Assessment, UnblindingIncident
from core.contributions import reading_as
from core.models import Person
from patients.models import Participant, Visit
from tests.assessments.conftest import booked
from tests.assessments.test_actions import lock, rating
from tests.cast import AT
from tests.reading import says, text_of

# What belongs to no site and says nothing of a participant; everything else is closed but for the rater's own rows.
OPEN_TO_EVERYBODY = {
    "core_person", "core_membership", "core_signinattempt", "core_pin", "core_knowndevice", "core_heartbeat",
    "trials_trial", "trials_site",
    "trials_protocolversion", "trials_protocoldocument", "pharmacy_allocationlist", "assessments_itemtext",
}  # fmt: skip
OWN_ROWS = {
    "assessments_assessment": "rater_id = %(me)s",
    "assessments_itemvalue": "assessment_id IN (SELECT id FROM assessments_assessment WHERE rater_id = %(me)s)",
    "assessments_itemcorrection": "assessment_id IN (SELECT id FROM assessments_assessment WHERE rater_id = %(me)s)",
    "assessments_checkconfirmation": "assessment_id IN (SELECT id FROM assessments_assessment WHERE rater_id = %(me)s)",
    "assessments_assessmentscore": "assessment_id IN (SELECT id FROM assessments_assessment WHERE rater_id = %(me)s)",
    "assessments_unblindingincident": "recorded_by_id = %(me)s",
    "trials_delegation": "person_id = %(me)s",
    "trials_qualification": "person_id = %(me)s",
    "core_signature": "signer_id = %(me)s OR site_id IS NULL",
}


@pytest.fixture
def rated(participant: Participant, ben: Person) -> Visit:
    """A visit with a locked rating, a slip of blinding, and everything a site has about the participant."""
    visit = booked(participant, "V3", by=ben)
    booked(participant, "V9", by=ben)
    assessment = rating(visit)
    lock(assessment, {22: 1})
    with reading_as(assessment.rater):
        actions.report_unblinding(
            assessment, kind="session", text="", submission_id=uuid4(), by=assessment.rater, at=AT
        )
    return visit


def tables() -> list[str]:
    own = [m for m in apps.get_models() if m.__module__.split(".")[0] in ROOMS and m._meta.managed]
    return sorted(m._meta.db_table for m in own if issubclass(m, models.Model))


ROOMS = {
    "core",
    "trials",
    "patients",
    "assessments",
    "pharmacy",
    "sessions",
    "integration",
    "safety",
    "reminders",
    "sponsors",
    "portal",
}


def test_the_raters_database_session_sees_own_rows_and_nothing_else(rated: Visit) -> None:
    rater = rating(rated).rater

    with reading_as(rater), connection.cursor() as cursor:
        seen = {}
        for table in tables():
            if table in OPEN_TO_EVERYBODY:
                continue
            where = OWN_ROWS.get(table, "false")
            name = table if table.startswith('"') else f'"{table}"'
            cursor.execute(f"SELECT count(*) FROM {name} WHERE NOT ({where})", {"me": rater.pk})
            seen[table] = cursor.fetchone()[0]

    assert {table: count for table, count in seen.items() if count} == {}
    assert {"patients_participant", "patients_visit", "patients_fact", "reminders_reminder"} <= seen.keys()


def test_the_other_raters_rows_are_closed_too(rated: Visit, rhea: Person, rolf: Person) -> None:
    other = rolf if rating(rated).rater == rhea else rhea

    with reading_as(other):
        assert not Assessment.objects.filter(visit=rated).exists()


def test_slips_of_blinding_open_to_the_blinded_desk_and_to_no_site_role(rated: Visit, world: Any) -> None:
    seen = {}
    for name in ("ada", "ben", "tess", "cleo", "mona", "sofia", "dev"):
        with reading_as(world.people[name]):
            seen[name] = UnblindingIncident.objects.count()

    assert {name for name, count in seen.items() if count} == {"dev"}


# --- pages ---

# The health check, one's own account, the rater's own pages, the public description of the API, and a script for all.
SHARED = re.compile(r"^(healthz|accounts/|demo/|static/|ratings/|api/v1/(docs|openapi)|sessions/worker\.js$)")
# Not there, another method, or a token is needed, which no rater has.
CLOSED = (404, 405, 401)


def addresses(visit: Visit) -> Iterator[str]:
    """Yields every address of the project, with the ids of this participant's records in its places."""
    participant = visit.participant
    ids = [participant.public_id, visit.public_id, rating(visit, "BDI2").public_id, "nothing"]
    for pattern in _patterns(get_resolver().url_patterns, ""):
        if SHARED.match(pattern):
            continue
        for public_id in ids if "<" in pattern else [""]:
            filled = re.sub(r"<int:[^>]+>", "1", pattern)
            filled = re.sub(r"<uuid:[^>]+>", str(uuid4()), filled)
            yield "/" + re.sub(r"<[^>]+>", public_id, filled)


def _patterns(found: list[Any], prefix: str) -> Iterator[str]:
    for each in found:
        route = prefix + str(each.pattern).lstrip("^").rstrip("$")
        if isinstance(each, URLResolver):
            yield from _patterns(each.url_patterns, route)
        elif isinstance(each, URLPattern):
            yield route


# A participant's own pages know nobody who signs in: without the link and its code they say the same to everybody.
PARTICIPANTS_OWN = re.compile(r"/own/")
# Pages that are every role's own: what the rater may do, when the rater is booked, and a complaint to be told.
OWN_PAGES = {"/", "/delegations/mine/", "/calendar/", "/complaints/tell/"}


def test_every_address_of_the_project_is_closed_to_the_rater(
    rated: Visit, client_for: Callable[[Person], Client]
) -> None:
    browser = client_for(rating(rated).rater)

    answered = {}
    for address in addresses(rated):
        response = browser.get(address)
        if response.status_code in CLOSED or address in OWN_PAGES:
            continue
        if PARTICIPANTS_OWN.match(address) and text_of(response) == _stranger(address):
            continue
        answered[address] = response.status_code

    assert answered == {}


def _stranger(address: str) -> str:
    """Returns what somebody who is not signed in is shown there."""
    return text_of(Client().get(address))


def test_the_raters_pages_name_nothing_of_the_participant(rated: Visit, client_for: Callable[[Person], Client]) -> None:
    assessment = rating(rated, "SDS_M")
    browser = client_for(assessment.rater)
    code = assessment.public_id
    pages = [
        "/ratings/",
        f"/ratings/{code}/",
        f"/ratings/{code}/?item=2",
        f"/ratings/{code}/lock/",
        f"/ratings/{code}/unblinding/",
    ]
    pages.append(f"/ratings/{rating(rated).public_id}/")

    for page in pages:
        text = text_of(browser.get(page))
        for secret in _secrets(rated):
            assert not says(text, secret), f"{page} says {secret}"


def _secrets(visit: Visit) -> list[str]:
    participant, site = visit.participant, visit.site
    return [
        participant.screening_number, participant.public_id, visit.public_id, visit.name, "Baseline", "V3", "V9",
        site.name, "Lisbon", "BDI2", "PCL5", "Noor", "Ben Okafor",
    ]  # fmt: skip


def test_a_raters_page_is_titled_assessment(rated: Visit, client_for: Callable[[Person], Client]) -> None:
    assessment = rating(rated, "SDS_M")

    page = client_for(assessment.rater).get(f"/ratings/{assessment.public_id}/?item=1")

    assert "<title>Assessment · Vigil</title>" in page.content.decode()


def test_the_order_of_the_list_has_nothing_to_do_with_time(participant: Participant, ben: Person, rhea: Person) -> None:
    from assessments.queries import ratings_of

    for code in ("V3", "V9"):
        booked(participant, code, by=ben)

    codes = [each.code for each in ratings_of(rhea)]
    assert codes == sorted(codes)


def test_scores_of_a_rating_stand_on_no_page_of_the_site(
    rated: Visit, client_for: Callable[[Person], Client], ben: Person
) -> None:
    browser = client_for(ben)

    for show in ("", "?show=locked"):
        text = browser.get(f"/assessments/{show}").content.decode()
        assert "Criteria met" not in text and "Cluster B" not in text
    assert browser.get(f"/assessments/{rating(rated).public_id}/").status_code == 404
