"""Who comes when: people at every stage of the trial at the moment at which the simulation ends."""

import random
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from demo.people import SITES
from demo.simulation.course import Plan

# Days before the end on which the first people made contact, so that a few participants show every stage. The first
# one is in a dosing session at the end.
FIRST_DAYS = (34, 0, 12, 38, 64, 19)
LONGEST_DAYS = 310
# Number two of the first six would leave the worklist bare; this one comes with the rest.
WITHDRAWS, WITHDRAWS_AFTER = 3, timedelta(days=9, hours=5)
# Whose laboratory report comes late and speaks against the signed eligibility.
LATE_RESULT = 7
SINCE_DOSE = timedelta(hours=2, minutes=10)
SINCE_EVENT = timedelta(hours=5)
SINCE_CASE = timedelta(days=2)


def plans(*, participants: int, seed: int, until: datetime) -> list[Plan]:
    """Returns the plans of a trial, the same for the same seed and end."""
    return [_plan(number, seed=seed, until=until) for number in range(1, participants + 1)]


def plans_of_site(site_code: str, *, participants: int, seed: int, until: datetime) -> list[Plan]:
    """Returns the plans of one site in a trial of so many participants."""
    return [plan for plan in plans(participants=participants, seed=seed, until=until) if plan.site_code == site_code]


def opened_at(*, until: datetime) -> datetime:
    """Returns when the trial was opened: some days before the first contact."""
    return (until - timedelta(days=LONGEST_DAYS + 20)).replace(hour=8, minute=0, second=0, microsecond=0)


def _plan(number: int, *, seed: int, until: datetime) -> Plan:
    dice = random.Random(f"{seed}:{number}")
    days = FIRST_DAYS[number - 1] if number <= len(FIRST_DAYS) else dice.randint(1, LONGEST_DAYS)
    days = 33 if number == LATE_RESULT else days
    site = SITES[(number - 1) % len(SITES)]
    today = until.astimezone(ZoneInfo(site.zone)).date()
    return Plan(
        number=number,
        site_code=site.code,
        contacted_on=today - timedelta(days=days),
        fails=number > len(FIRST_DAYS) and number != LATE_RESULT and dice.random() < 0.22,
        serious_event_at=until - SINCE_EVENT if number == 4 else None,
        reported_case_at=until - SINCE_CASE if number == 5 else None,
        misses="V4" if number == 5 else "",
        first_dose_at=until - SINCE_DOSE if number == 1 else None,
        withdraws_after=WITHDRAWS_AFTER if number == WITHDRAWS else None,
        late_result=number == LATE_RESULT,
    )
