"""Who comes when: people at every stage of the trial at the moment at which the simulation ends."""

import random
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from demo.people import SITES
from demo.simulation.course import Plan

# Days before the end on which the first people made contact, so that a few participants show every stage. The first
# one is in a dosing session at the end.
FIRST_DAYS = (31, 0, 12, 37, 64, 19)
LONGEST_DAYS = 310
IN_SESSION = timedelta(hours=2, minutes=10)


def plans(*, participants: int, seed: int, until: datetime) -> list[Plan]:
    """Returns the plans of a trial, the same for the same seed and end."""
    return [_plan(number, seed=seed, until=until) for number in range(1, participants + 1)]


def opened_at(*, until: datetime) -> datetime:
    """Returns when the trial was opened: some days before the first contact."""
    return (until - timedelta(days=LONGEST_DAYS + 20)).replace(hour=8, minute=0, second=0, microsecond=0)


def _plan(number: int, *, seed: int, until: datetime) -> Plan:
    dice = random.Random(f"{seed}:{number}")
    days = FIRST_DAYS[number - 1] if number <= len(FIRST_DAYS) else dice.randint(1, LONGEST_DAYS)
    site = SITES[(number - 1) % len(SITES)]
    zone = ZoneInfo(site.zone)
    today: date = until.astimezone(zone).date()
    return Plan(
        number=number,
        site_code=site.code,
        contacted_on=today - timedelta(days=days),
        fails=number > len(FIRST_DAYS) and dice.random() < 0.22,
        serious_event=number == 4,
        misses="V4" if number == 5 else "",
        dose_clock=_dose_clock(until.astimezone(zone)) if number == 1 else time(9, 0),
    )


def _dose_clock(until: datetime) -> time:
    """Returns the time of day at which the person in a session at the end was dosed."""
    dosed = until - IN_SESSION
    return time(dosed.hour, dosed.minute) if dosed.date() == until.date() else time(0, 5)
