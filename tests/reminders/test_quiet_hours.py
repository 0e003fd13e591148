"""Tests of quiet hours: out of them means earlier, across midnight and clock changes too."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from reminders.quiet_hours import is_quiet, moved_earlier, quiet_until, spread

LISBON = "Europe/Lisbon"
NIGHT = (20, 9)


def local(text: str, zone: str = LISBON) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


@pytest.mark.parametrize(
    ("moment", "quiet"),
    [("2026-01-05T19:59", False), ("2026-01-05T20:00", True), ("2026-01-06T03:00", True), ("2026-01-06T08:59", True),
     ("2026-01-06T09:00", False)],
    ids=["just before", "at the first hour", "in the night", "just before the end", "at the last hour"],
)  # fmt: skip
def test_quiet_hours_begin_and_end_on_the_hour(moment, quiet):
    assert is_quiet(local(moment), zone=LISBON, hours=NIGHT) is quiet


@pytest.mark.parametrize(
    ("moment", "leaves"),
    [("2026-01-05T14:00", "2026-01-05T14:00"), ("2026-01-05T22:00", "2026-01-05T19:30"),
     ("2026-01-06T07:00", "2026-01-05T19:30"), ("2026-03-29T08:00", "2026-03-28T19:30"),
     ("2026-10-25T08:00", "2026-10-24T19:30")],
    ids=["by day", "in the evening", "in the morning", "clocks went forward", "clocks went back"],
)  # fmt: skip
def test_a_message_in_quiet_hours_moves_earlier(moment, leaves):
    assert moved_earlier(local(moment), zone=LISBON, hours=NIGHT) == local(leaves)


def test_without_quiet_hours_nothing_moves():
    assert moved_earlier(local("2026-01-05T22:00"), zone=LISBON, hours=None) == local("2026-01-05T22:00")


@pytest.mark.parametrize(
    ("moment", "until"),
    [("2026-01-05T22:00", "2026-01-06T09:00"), ("2026-01-06T03:00", "2026-01-06T09:00")],
    ids=["evening", "morning"],
)
def test_quiet_hours_end_in_the_morning(moment, until):
    assert quiet_until(local(moment), zone=LISBON, hours=NIGHT) == local(until)


def test_the_zone_is_the_recipients():
    moment = local("2026-01-05T22:00")

    assert is_quiet(moment, zone=LISBON, hours=NIGHT)
    assert not is_quiet(moment, zone="America/Denver", hours=NIGHT)


def test_the_spread_is_earlier_by_up_to_two_hours_and_always_the_same():
    moment = local("2026-01-05T14:00")
    leaves = [spread(moment, key=f"key {number}") for number in range(50)]

    assert all(0 <= (moment - leave).total_seconds() < 7200 for leave in leaves)
    assert len(set(leaves)) > 20
    assert spread(moment, key="key 1") == leaves[1]
