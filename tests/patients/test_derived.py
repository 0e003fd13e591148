"""What is derived from recorded values: readings that are counted, medicines that are washed out, missed doses."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from django.urls import reverse

from core.errors import Refused
from patients import actions, queries
from tests.stages import consented, facts_at

AT = datetime(2026, 1, 26, 10, 0, tzinfo=UTC)
READINGS = {"V0": ("150", "80"), "V1": ("139", "89"), "V2": ("120", "90")}


@pytest.fixture
def participant(world, ben):
    return consented(world, by=ben, at=AT)


def values_of(participant, name):
    return [fact.value for fact in queries.facts_of(participant) if fact.variable == name]


def read(participant, code, sbp, dbp, *, by):
    visit = queries.visit_of(participant, code)
    facts_at(participant, {"sbp": sbp, "dbp": dbp}, by=by, at=AT, visit=visit)


def test_high_readings_are_counted_once_three_occasions_are_recorded(participant, ben):
    for code, (sbp, dbp) in READINGS.items():
        assert values_of(participant, "bp_high_count") == []
        read(participant, code, sbp, dbp, by=ben)

    assert values_of(participant, "bp_high_count") == ["2"]


def test_corrected_reading_is_counted_anew(participant, ben):
    for code, (sbp, dbp) in READINGS.items():
        read(participant, code, sbp, dbp, by=ben)
    high = participant.facts.get(variable="sbp", value="150")

    actions.correct_fact(high, value="130", reason="Read from the wrong line", by=ben, at=AT)

    assert values_of(participant, "bp_high_count") == ["2", "1"]


def test_same_count_is_not_written_twice(participant, ben):
    for code, (sbp, dbp) in READINGS.items():
        read(participant, code, sbp, dbp, by=ben)

    read(participant, "V2", "121", "91", by=ben)

    assert values_of(participant, "bp_high_count") == ["2"]


def take(participant, *medicines, by, at=AT):
    """Records medicines of a prohibited class as (name, last day or None)."""
    known = queries.definition_for(participant).screening.medicines
    for name, last_on in medicines:
        kind = known[name].medicine_class if name in known else "SSRI"
        details = actions.MedicineDetails(name, kind, last_taken_on=last_on)
        actions.record_entry(
            participant, details, actions.Asked("Participant", at), submission_id=uuid4(), by=by, at=at
        )


@pytest.mark.parametrize(
    ("medicines", "expected"),
    [
        pytest.param([], "true", id="no medicine is washed out"),
        pytest.param([("sertraline", date(2026, 1, 13))], "true", id="one that is away long enough"),
        pytest.param([("sertraline", date(2026, 1, 14))], "false", id="one a day short"),
        pytest.param([("sertraline", None)], "false", id="one that is still taken"),
    ],
)
def test_washout_is_judged_on_the_day_of_the_check(participant, ben, medicines, expected):
    take(participant, *medicines, by=ben)
    visit = queries.visit_of(participant, "V3")

    actions.record_washout(participant, visit=visit, observed_at=AT, by=ben, at=AT)

    assert values_of(participant, "washout_ok") == [expected]


def test_unlisted_medicine_is_never_washed_out(participant, ben):
    take(participant, ("another medicine", date(2025, 1, 1)), by=ben)
    visit = queries.visit_of(participant, "V3")

    with pytest.raises(Refused, match="not in the protocol's list"):
        actions.record_washout(participant, visit=visit, observed_at=AT, by=ben, at=AT)

    assert values_of(participant, "washout_ok") == []


@pytest.mark.parametrize(
    ("medicine", "entered", "status", "sentence"),
    [
        pytest.param(None, {"complete": "on"}, 302, "", id="none is taken"),
        pytest.param("lorazepam", {"complete": "on"}, 302, "", id="one was stopped"),
        pytest.param(None, {}, 422, "Go through the list with the participant", id="the list was not gone through"),
        pytest.param("another medicine", {"complete": "on"}, 422, "list of half-lives", id="unlisted"),
    ],
)
def test_washout_form(world, ben, client_for, medicine, entered, status, sentence):
    at = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
    participant = consented(world, by=ben, at=at)
    take(participant, *([(medicine, date(2025, 12, 1))] if medicine else []), by=ben, at=at)
    url = reverse("patients:screening-record", args=[participant.public_id, "V1", "TAPER_CHECK"])
    assert client_for(ben).get(url).status_code == 200

    answer = client_for(ben).post(url, {"observed_at": "2026-01-05T10:00"} | entered)

    assert answer.status_code == status
    assert sentence in answer.content.decode()
    assert len(values_of(participant, "washout_ok")) == (status == 302)


def test_missed_dose_takes_its_contacts_and_moves_the_long_term_visit(participant, ben):
    before = queries.visit_of(participant, "LT1").target_on

    actions.miss_visit(queries.visit_of(participant, "V15"), reason="Left the country", by=ben, at=AT)

    assert queries.visit_of(participant, "V15-PH2").target_on is None
    assert queries.visit_of(participant, "LT1").target_on == before - timedelta(days=28)
