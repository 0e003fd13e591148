"""Two years of visits, calls, enquiries and reminders against a calendar computed in another way.

The other way knows no date arithmetic of Python: days are counted by the Fliegel and Van Flandern formula, the file is
read as plain YAML, and clocks are read from the zone's offset at a moment.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from core.clock import local_date
from protocol.aftercare import enquiry_window
from protocol.definition import ProtocolDefinition, load
from protocol.schedule import plan_schedule
from reminders.quiet_hours import MARGIN, is_quiet, moved_earlier
from tests.conftest import size
from tests.protocol.conftest import FILE

SCHEDULES = size(small=40, full=10_000)
ZONES = ("Europe/Lisbon", "America/Denver", "Europe/Berlin", "Australia/Sydney")
# What an amendment changes in the file: the window of the second dosing session and of the late assessment.
AMENDMENT = (
    ("anchor: V5, offset: 28, before: 7, after: 7", "anchor: V5, offset: 30, before: 5, after: 9"),
    ("anchor: LAST_DOSE, offset: 182, before: 0, after: 730", "anchor: LAST_DOSE, offset: 196, before: 10, after: 700"),
)
QUIET = (20, 9)


@dataclass(frozen=True)
class Life:
    """What happens to one participant: when each visit starts, what is missed, and where the site lies from when on."""

    consented_at: datetime
    slips: tuple[int, ...]
    hours: tuple[int, ...]
    missed: frozenset[str]
    zones: tuple[str, str]
    moves_after: int
    amended: bool


lives = st.builds(
    Life,
    consented_at=st.datetimes(datetime(2025, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC)),
    slips=st.lists(st.integers(-3, 9), min_size=21, max_size=21).map(tuple),
    hours=st.lists(st.integers(0, 23), min_size=21, max_size=21).map(tuple),
    missed=st.frozensets(st.sampled_from(["V7", "V9", "V10", "V12", "V15", "V18"]), max_size=3),
    zones=st.tuples(st.sampled_from(ZONES), st.sampled_from(ZONES)),
    moves_after=st.integers(0, 20),
    amended=st.booleans(),
)


@cache
def version(*, is_amended: bool) -> tuple[ProtocolDefinition, dict[str, Any]]:
    """Returns the protocol, as it was or as amended, and the same file as plain YAML."""
    text = FILE.read_text(encoding="utf-8")
    text = amended(text) if is_amended else text
    return load(text), yaml.safe_load(text)


def amended(text: str) -> str:
    for old, new in AMENDMENT:
        assert text.count(old) >= 1
        text = text.replace(old, new)
    return text


# --- the other calendar ---


def day_number(day: date) -> int:
    """Returns the Julian day number."""
    a = 0 if day.month > 2 else -1
    year, month = day.year, day.month
    return (
        (1461 * (year + 4800 + a)) // 4 + (367 * (month - 2 - 12 * a)) // 12 - (3 * ((year + 4900 + a) // 100)) // 4
        + day.day - 32075
    )  # fmt: skip


def local_day_number(moment: datetime, zone: str) -> int:
    """Returns the day by the site's clock, from the zone's offset at that moment."""
    offset = moment.astimezone(ZoneInfo(zone)).utcoffset()
    assert offset is not None
    seconds = round((moment - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() + offset.total_seconds())
    return 2440588 + seconds // 86400


def windows_by_hand(life: Life, rows: list[dict[str, Any]], calls: dict[str, Any]) -> dict[str, tuple[int, int, int]]:
    """Returns target, earliest and latest day number of every visit and call, walked through once in order."""
    consent = local_day_number(life.consented_at, life.zones[0])
    actual = {code: local_day_number(at, zone) for code, (at, zone) in starts(life, rows).items()}
    target: dict[str, int] = {}
    found = {}
    doses = [row["code"] for row in rows if row["type"] == "dosing"]
    for row in rows:
        anchor = row["anchor"]
        if anchor == "CONSENT":
            base = consent
        elif anchor == "LAST_DOSE":
            to_come = [code for code in doses if code not in actual and code not in life.missed]
            taken = [actual[code] for code in doses if code in actual]
            if not to_come and not taken:
                continue
            base = target[to_come[-1]] if to_come else max(taken)
        elif anchor in actual:
            base = actual[anchor]
        else:
            base = target[anchor]
        target[row["code"]] = base + row["offset"]
        found[row["code"]] = (
            base + row["offset"],
            base + row["offset"] - row["before"],
            base + row["offset"] + row["after"],
        )
        if row["type"] == calls["after_type"] and row["code"] not in life.missed:
            begins = actual.get(row["code"], target[row["code"]])
            for number in set(calls["days"]) - set(calls["in_person_days"]):
                name = calls["code_pattern"].format(dosing_code=row["code"], day=number)
                found[name] = (begins + number, begins + number - calls["before"], begins + number + calls["after"])
    return found


def starts(life: Life, rows: list[dict[str, Any]]) -> dict[str, tuple[datetime, str]]:
    """Returns when each visit started, and in which zone the site lay by then: visits a few days off their targets."""
    found, day = {}, life.consented_at
    for index, row in enumerate(rows):
        if row["code"] in life.missed or row["code"] == "LT1":
            continue
        day = day + timedelta(days=max(1, 6 + life.slips[index]))
        zone = life.zones[1] if index > life.moves_after else life.zones[0]
        found[row["code"]] = (day.replace(hour=life.hours[index]), zone)
    return found


# --- what is proved ---


@pytest.mark.prove
@settings(max_examples=SCHEDULES, deadline=None)
@given(life=lives)
def test_every_window_is_that_of_the_other_calendar(life: Life) -> None:
    definition, file = version(is_amended=life.amended)
    expected = windows_by_hand(life, file["visits"], file["phone_contacts"])
    began = starts(life, file["visits"])
    actual = {code: local_date(at, zone=zone) for code, (at, zone) in began.items()}
    doses = [actual[visit.code] for visit in definition.dosing_visits if visit.code in actual]

    planned = plan_schedule(
        definition,
        consent_on=local_date(life.consented_at, zone=life.zones[0]),
        actual=actual,
        last_dose_on=max(doses, default=None),
        missed=life.missed,
        zone=life.zones[1],
    )

    found = {
        code: tuple(day_number(day) for day in (line.target_on, line.earliest_on, line.latest_on) if day is not None)
        for code, line in planned.items()
        if line.target_on is not None
    }
    assert found == expected


@pytest.mark.prove
@settings(max_examples=SCHEDULES, deadline=None)
@given(
    dosed_at=st.datetimes(datetime(2025, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC)),
    zone=st.sampled_from(ZONES),
)
def test_every_enquiry_is_that_of_the_other_calendar(dosed_at: datetime, zone: str) -> None:
    definition, _ = version(is_amended=False)
    clock = dosed_at.astimezone(ZoneInfo(zone))

    for rule in definition.aftercare.harm.times:
        due = enquiry_window(rule, dosed_at, zone=zone).due_at
        if rule.hours is not None:
            assert (due - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() == dosed_at.timestamp() + 3600 * rule.hours
            continue
        assert rule.months is not None
        there = due.astimezone(ZoneInfo(zone))
        assert (there.year * 12 + there.month) - (clock.year * 12 + clock.month) == rule.months
        assert there.day == clock.day or (there.day < clock.day and (there + timedelta(days=1)).month != there.month)
        # An hour that the change of clocks leaves out becomes the next one.
        assert (there.hour, there.minute) == (clock.hour, clock.minute) or (there.hour - clock.hour) % 24 == 1


@pytest.mark.prove
@settings(max_examples=SCHEDULES, deadline=None)
@given(
    moment=st.datetimes(datetime(2025, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC)),
    zone=st.sampled_from(ZONES),
)
def test_every_reminder_leaves_in_waking_hours_by_the_other_clock(moment: datetime, zone: str) -> None:
    leaves = moved_earlier(moment, zone=zone, hours=QUIET)

    offset = leaves.astimezone(ZoneInfo(zone)).utcoffset()
    assert offset is not None
    hour = int((leaves.timestamp() + offset.total_seconds()) % 86400 // 3600)
    assert QUIET[1] <= hour < QUIET[0]
    if is_quiet(moment, zone=zone, hours=QUIET):
        # The quiet hours begin after the margin, and the whole way from there to the moment is quiet.
        assert moment - leaves <= timedelta(hours=14) + MARGIN
    else:
        assert leaves == moment
