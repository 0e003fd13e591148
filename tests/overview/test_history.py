"""A participant's whole record as it changed: over every room that the viewer may read, and nothing beyond."""

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from patients import actions
from patients.actions import FactEntry
from tests.reading import text_of
from tests.stages import consented

AT = datetime(2026, 1, 5, 10, 0, tzinfo=UTC)


@pytest.fixture
def participant(world, ben):
    return consented(world, by=ben, at=AT)


def history(client, participant, **asked):
    return client.get(reverse("overview:participant-history", args=[participant.public_id]), asked)


def record(participant, *, variable, value, by, visit_code="V0"):
    visit = participant.visits.get(code=visit_code)
    [fact] = actions.record_facts(
        participant, facts=[FactEntry(variable, value, "Scale", AT)], visit=visit, by=by, at=AT
    )
    return fact


def test_history_says_who_changed_what_from_what_to_what_and_why(participant, ben, client_for):
    fact = record(participant, variable="weight_kg", value="70", by=ben)
    actions.correct_fact(fact, value="71", reason="Misread the scale", by=ben, at=AT)
    visit = participant.visits.get(code="V1")
    actions.book_visit(visit, starts_at=datetime(2026, 1, 12, 9, 0, tzinfo=UTC), by=ben, at=AT)

    values = text_of(history(client_for(ben), participant, of="Value"))
    visits = text_of(history(client_for(ben), participant, of="Visit"))

    assert "Misread the scale" in values and "value: 71" in values and "value: 70" in values
    assert "Ben Okafor" in values and "booked at" not in values
    assert "12 Jan 2026, 09:00 WET" in visits
    assert 'state: <span class="was">Planned</span> → Booked' in visits


def test_history_is_paged_from_the_newest_and_a_page_never_moves(participant, ben, client_for):
    first = history(client_for(ben), participant).context["history"]
    second = history(client_for(ben), participant, upto=first.older).context["history"]
    record(participant, variable="weight_kg", value="70", by=ben)
    again = history(client_for(ben), participant, upto=first.older).context["history"]

    places = [entry.place for entry in (*first.entries, *second.entries)]
    assert places == list(range(first.total, first.total - len(places), -1))
    assert [entry.place for entry in again.entries] == [entry.place for entry in second.entries]
    assert again.total == first.total + 1


def test_history_keeps_ratings_kits_and_other_sites_out(world, participant, ben, mona, cleo, client_for):
    record(participant, variable="caps5_total", value="47", by=ben, visit_code="V3")

    page = history(client_for(ben), participant)

    assert "caps5" not in text_of(page)
    tables = {part.table for entry in page.context["history"].entries for part in [entry.part]}
    assert not any(table.startswith(("pharmacy_", "assessments_")) for table in tables)
    assert "Integration note" not in page.context["history"].labels
    assert "Message" not in history(client_for(mona), participant).context["history"].labels
    assert history(client_for(cleo), participant).status_code == 404


def statements(client, address):
    with CaptureQueriesContext(connection) as found:
        assert client.get(address).status_code == 200
    return len(found)


@pytest.mark.parametrize("page", ["overview:participant-history", "patients:eligibility"])
def test_page_costs_the_same_statements_for_more_rows(page, participant, ben, client_for):
    client, address = client_for(ben), reverse(page, args=[participant.public_id])
    record(participant, variable="weight_kg", value="70", by=ben)
    actions.judge_eligibility(participant, visit_code="V0", by=ben, at=AT)
    client.get(address)
    few = statements(client, address)
    for weight in range(71, 76):
        record(participant, variable="weight_kg", value=str(weight), by=ben)

    assert statements(client, address) == few
    assert few <= 16
