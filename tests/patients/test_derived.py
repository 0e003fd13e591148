"""What is derived from recorded values: readings that are counted, medicines that are washed out, missed doses."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.urls import reverse

from core.errors import Refused
from patients import actions, queries
from protocol.washout import StoppedMedicine
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


@pytest.mark.parametrize(
    ("medicines", "expected"),
    [
        pytest.param([], "true", id="no medicine is washed out"),
        pytest.param([StoppedMedicine("sertraline", date(2026, 1, 13))], "true", id="one that is away long enough"),
        pytest.param([StoppedMedicine("sertraline", date(2026, 1, 14))], "false", id="one a day short"),
        pytest.param([StoppedMedicine("sertraline", None)], "false", id="one that is still taken"),
    ],
)
def test_washout_is_judged_on_the_day_of_the_check(participant, ben, medicines, expected):
    visit = queries.visit_of(participant, "V3")

    actions.record_washout(participant, visit=visit, medicines=medicines, observed_at=AT, by=ben, at=AT)

    assert values_of(participant, "washout_ok") == [expected]


def test_unlisted_medicine_is_never_washed_out(participant, ben):
    visit = queries.visit_of(participant, "V3")
    medicines = [StoppedMedicine("another medicine", date(2025, 1, 1))]

    with pytest.raises(Refused, match="not in the protocol's list"):
        actions.record_washout(participant, visit=visit, medicines=medicines, observed_at=AT, by=ben, at=AT)

    assert values_of(participant, "washout_ok") == []


ASKED = {"observed_at": "2026-01-05T10:00"}


@pytest.mark.parametrize(
    ("entered", "status", "sentence"),
    [
        pytest.param({"none_taken": "on"}, 302, "", id="none was taken"),
        pytest.param({"medicine_1": "lorazepam", "last_taken_on_1": "2025-12-01"}, 302, "", id="one was stopped"),
        pytest.param({}, 422, "or say that none was taken", id="nothing is said"),
        pytest.param({"none_taken": "on", "medicine_2": "lorazepam"}, 422, "Either no medicine", id="both are said"),
        pytest.param({"last_taken_on_1": "2025-12-01"}, 422, "Choose the medicine", id="a day without a medicine"),
        pytest.param(
            {"medicine_1": "another medicine", "last_taken_on_1": "2025-12-01"},
            422,
            "list of half-lives",
            id="unlisted",
        ),
    ],
)
def test_washout_form(world, ben, client_for, entered, status, sentence):
    participant = consented(world, by=ben, at=datetime(2026, 1, 5, 9, 0, tzinfo=UTC))
    url = reverse("patients:screening-record", args=[participant.public_id, "V1", "TAPER_CHECK"])
    assert client_for(ben).get(url).status_code == 200

    answer = client_for(ben).post(url, ASKED | entered)

    assert answer.status_code == status
    assert sentence in answer.content.decode()
    assert len(values_of(participant, "washout_ok")) == (status == 302)


def test_missed_dose_takes_its_contacts_and_moves_the_long_term_visit(participant, ben):
    before = queries.visit_of(participant, "LT1").target_on

    actions.miss_visit(queries.visit_of(participant, "V15"), reason="Left the country", by=ben, at=AT)

    assert queries.visit_of(participant, "V15-PH2").target_on is None
    assert queries.visit_of(participant, "LT1").target_on == before - timedelta(days=28)
