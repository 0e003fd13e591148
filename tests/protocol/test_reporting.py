"""Reporting clocks: elapsed hours from the site, calendar days in the sponsor's zone, across changes of clocks."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.definition import ProtocolDefinition, load
from protocol.expressions import Truth, Value
from protocol.reporting import (
    Deadline,
    Moments,
    annual_reports,
    basis_of,
    clocks_due,
    due_at,
    judge_clock,
    open_clocks,
)
from protocol.seriousness import event_values, unknown_words

AWARE = datetime(2026, 3, 2, 16, 0, tzinfo=UTC)
RECEIVED = datetime(2026, 3, 3, 10, 0, tzinfo=UTC)
SUSAR: dict[str, Value] = {
    "serious": True, "related": True, "unexpected": True, "fatal": False, "life_threatening": True,
}  # fmt: skip


def deadlines(
    definition: ProtocolDefinition, values: dict[str, Value], *, zone: str = "UTC", **moments: Any
) -> dict[str, Deadline]:
    given_moments = {"site_aware_at": AWARE, "sponsor_received_at": RECEIVED, "sponsor_determined_at": RECEIVED}
    found = clocks_due(definition, values, moments=Moments(**(given_moments | moments)), sponsor_zone=zone)
    return {deadline.rule: deadline for deadline in found}


def last_day(deadline: Deadline, *, zone: str = "UTC") -> date:
    return deadline.due_at.astimezone(ZoneInfo(zone)).date()


def test_worked_example_comes_out_to_the_day(definition: ProtocolDefinition) -> None:
    example = definition.source["worked_example"]["sae_clocks"]

    found = deadlines(definition, SUSAR)

    assert found["site_to_sponsor_sae"].due_at == datetime.fromisoformat(example["sponsor_due"])
    assert last_day(found["ind_7day"]) == example["ind_7day_due"]
    assert last_day(found["ind_15day"]) == example["ind_15day_due"]
    assert found["ind_7day"].due_at.time().isoformat() == "23:59:59"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({}, {"site_to_sponsor_sae", "ind_7day", "ind_15day", "eu_susar_7day", "eu_susar_15day"},
                     id="a life-threatening suspected unexpected reaction runs every clock"),
        pytest.param({"life_threatening": False, "fatal": True},
                     {"site_to_sponsor_sae", "ind_7day", "ind_15day", "eu_susar_7day", "eu_susar_15day"},
                     id="a fatal one too"),
        pytest.param({"life_threatening": False}, {"site_to_sponsor_sae", "ind_15day", "eu_susar_15day"},
                     id="any other one runs fifteen days"),
        pytest.param({"unexpected": False}, {"site_to_sponsor_sae"}, id="an expected one only goes to the sponsor"),
        pytest.param({"related": False}, {"site_to_sponsor_sae"}, id="an unrelated one only goes to the sponsor"),
        pytest.param({"serious": False}, set(), id="an event that is not serious runs no clock"),
    ],
)  # fmt: skip
def test_which_clocks_run(definition: ProtocolDefinition, changes: dict[str, Value], expected: set[str]) -> None:
    assert set(deadlines(definition, SUSAR | changes)) == expected


def test_clock_does_not_run_before_its_start(definition: ProtocolDefinition) -> None:
    found = deadlines(definition, SUSAR, sponsor_received_at=None, sponsor_determined_at=None)

    assert set(found) == {"site_to_sponsor_sae"}


def test_what_nobody_judged_is_open_and_named(definition: ProtocolDefinition) -> None:
    values: dict[str, Value] = {"serious": True, "related": True, "fatal": False, "life_threatening": False}

    assert set(deadlines(definition, values)) == {"site_to_sponsor_sae"}
    opened = {verdict.rule: verdict.missing for verdict in open_clocks(definition, values)}
    assert opened == {"ind_15day": ("unexpected",), "eu_susar_15day": ("unexpected",)}


def test_without_a_judgement_of_seriousness_every_clock_is_open(definition: ProtocolDefinition) -> None:
    assert deadlines(definition, {}) == {}
    assert {verdict.missing for verdict in open_clocks(definition, {})} == {("serious",)}
    assert judge_clock(definition.clocks[0], {"serious": False}).truth is Truth.FALSE


def test_follow_up_ends_its_further_days_later(definition: ProtocolDefinition) -> None:
    found = deadlines(definition, SUSAR)
    clock = next(clock for clock in definition.clocks if clock.rule == "eu_susar_7day")

    assert found["eu_susar_7day"].follow_up_due_at == found["eu_susar_7day"].due_at + timedelta(
        days=clock.follow_up_days or 0
    )
    assert found["eu_susar_15day"].follow_up_due_at is None


def test_basis_says_length_and_start(definition: ProtocolDefinition) -> None:
    texts = {clock.rule: basis_of(clock) for clock in definition.clocks}

    assert texts["site_to_sponsor_sae"] == "24 hours from site awareness"
    assert texts["ind_7day"] == "7 calendar days from sponsor receipt"
    assert texts["annual_report"] == "60 days after the anniversary date in the study settings"


def test_annual_reports_are_due_after_each_year_that_has_ended(definition: ProtocolDefinition) -> None:
    found = annual_reports(
        definition, first_approved_on=date(2024, 2, 29), until_on=date(2026, 2, 28), zone="America/New_York"
    )

    assert [(one.rule, one.begins_on, one.ends_on) for one in found] == [
        ("annual_report", date(2024, 2, 29), date(2025, 2, 28)),
        ("annual_report", date(2025, 2, 28), date(2026, 2, 28)),
    ]
    # 60 days later clocks have gone forward: the day ends by the sponsor's own calendar.
    assert (found[1].starts_at, found[1].due_at) == (
        datetime(2026, 2, 28, 5, tzinfo=UTC), datetime(2026, 4, 30, 3, 59, 59, tzinfo=UTC)
    )  # fmt: skip


@pytest.mark.parametrize(
    ("first", "until"),
    [(None, date(2026, 6, 1)), (date(2025, 6, 2), date(2026, 6, 1))],
    ids=["no anchor", "first year"],
)
def test_before_a_year_has_ended_no_annual_report_is_due(
    definition: ProtocolDefinition, first: date | None, until: date
) -> None:
    assert annual_reports(definition, first_approved_on=first, until_on=until, zone="UTC") == ()


def test_an_anchor_may_be_a_day_of_the_protocol(protocol_text: str) -> None:
    definition = load(protocol_text.replace("anchor: first_approval", "anchor: 2025-01-10"))

    (found,) = annual_reports(definition, first_approved_on=None, until_on=date(2026, 1, 10), zone="UTC")
    assert found.ends_on == date(2026, 1, 10)


@pytest.mark.parametrize(
    ("received", "zone", "expected"),
    [
        pytest.param("2026-03-03T10:00:00+00:00", "UTC", "2026-03-10T23:59:59+00:00", id="a plain week"),
        pytest.param("2026-03-03T23:59:59+00:00", "UTC", "2026-03-10T23:59:59+00:00", id="received in the last second"),
        pytest.param("2026-03-04T00:00:00+00:00", "UTC", "2026-03-11T23:59:59+00:00", id="received a second later"),
        pytest.param("2026-03-03T23:30:00+00:00", "Europe/Zurich", "2026-03-11T22:59:59+00:00",
                     id="after midnight in the sponsor's zone it is the next day"),
        pytest.param("2026-03-03T03:00:00+00:00", "America/New_York", "2026-03-10T03:59:59+00:00",
                     id="before midnight in the sponsor's zone it is the day before, and summer time has begun"),
        pytest.param("2026-03-25T12:00:00+00:00", "Europe/Zurich", "2026-04-01T21:59:59+00:00",
                     id="summer time begins within the week in Europe"),
        pytest.param("2026-10-20T12:00:00+00:00", "Europe/Zurich", "2026-10-27T22:59:59+00:00",
                     id="winter time begins within the week in Europe"),
        pytest.param("2026-10-28T12:00:00+00:00", "America/New_York", "2026-11-05T04:59:59+00:00",
                     id="winter time begins within the week in America"),
    ],
)  # fmt: skip
def test_seven_calendar_days_end_as_the_sponsors_day_ends(
    definition: ProtocolDefinition, received: str, zone: str, expected: str
) -> None:
    found = deadlines(definition, SUSAR, zone=zone, sponsor_received_at=datetime.fromisoformat(received))

    assert found["ind_7day"].due_at == datetime.fromisoformat(expected)


moments = st.datetimes(min_value=datetime(2020, 1, 1), max_value=datetime(2035, 1, 1), timezones=st.just(UTC))
zones = st.sampled_from(["UTC", "Europe/Zurich", "America/New_York", "Asia/Jerusalem", "Australia/Lord_Howe"])


@given(aware=moments, zone=zones)
def test_hours_are_elapsed_whatever_the_zone(definition: ProtocolDefinition, aware: datetime, zone: str) -> None:
    local = aware.astimezone(ZoneInfo(zone))
    clock = definition.clocks[0]
    assert clock.hours is not None

    assert due_at(clock, local, zone=zone) - aware == timedelta(hours=clock.hours)


@given(received=moments, zone=zones)
def test_calendar_days_end_at_the_local_end_of_the_right_day(
    definition: ProtocolDefinition, received: datetime, zone: str
) -> None:
    found = deadlines(definition, SUSAR, zone=zone, sponsor_received_at=received)["ind_7day"]
    local = found.due_at.astimezone(ZoneInfo(zone))

    assert (local.date() - received.astimezone(ZoneInfo(zone)).date()).days == 7
    assert (local.hour, local.minute, local.second) == (23, 59, 59)


@pytest.mark.parametrize(
    ("given_words", "expected"),
    [
        pytest.param({"seriousness": []}, {"serious": False, "fatal": False, "life_threatening": False},
                     id="nothing ticked is not serious, and the rest is not judged yet"),
        pytest.param({"seriousness": ["hospitalisation"], "causality": "possible"},
                     {"serious": True, "fatal": False, "life_threatening": False, "related": True},
                     id="any criterion makes it serious, and possible counts as related"),
        pytest.param({"seriousness": ["death", "life_threatening"], "causality": "unlikely"},
                     {"serious": True, "fatal": True, "life_threatening": True, "related": False},
                     id="unlikely counts as unrelated"),
        pytest.param({"seriousness": [], "causality": "unrelated", "sponsor_causality": "possible"},
                     {"serious": False, "fatal": False, "life_threatening": False, "related": True},
                     id="the sponsor's view alone is enough for related"),
        pytest.param({"seriousness": [], "causality": "probable", "sponsor_causality": "unrelated"},
                     {"serious": False, "fatal": False, "life_threatening": False, "related": True},
                     id="the sponsor cannot downgrade the investigator"),
        pytest.param({"seriousness": [], "sponsor_causality": "unrelated"},
                     {"serious": False, "fatal": False, "life_threatening": False},
                     id="without the investigator's view unrelated is not known"),
        pytest.param({"seriousness": ["disability"], "expectedness": "unexpected"},
                     {"serious": True, "fatal": False, "life_threatening": False, "unexpected": True},
                     id="unexpected is unexpected"),
        pytest.param({"seriousness": [], "expectedness": "expected"},
                     {"serious": False, "fatal": False, "life_threatening": False, "unexpected": False},
                     id="expected is not unexpected"),
    ],
)  # fmt: skip
def test_event_values(definition: ProtocolDefinition, given_words: dict[str, Any], expected: dict[str, Value]) -> None:
    assert event_values(definition, **given_words) == expected


def test_words_that_the_protocol_does_not_have_are_named(definition: ProtocolDefinition) -> None:
    assert unknown_words(definition, seriousness=["death", "severe"], causality="maybe") == ("severe", "maybe")
    assert unknown_words(definition, seriousness=["death"], causality="possible") == ()
    assert unknown_words(definition, seriousness=[]) == ()
