"""Reporting deadlines of a serious event. Elapsed hours are elapsed; calendar days end at midnight in the sponsor's zone.

Source: adverse_event_policy.clocks of the protocol; the start is day 0, due at the end of the last day.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from protocol.definition import Clock, ProtocolDefinition, Rule
from protocol.expressions import Truth, Value
from protocol.verdict import judge

SITE_AWARENESS = "site awareness"
SPONSOR_RECEIPT = ("sponsor receipt", "sponsor awareness")
SPONSOR_DETERMINATION = "sponsor determination"


@dataclass(frozen=True)
class Deadline:
    """A deadline that is running: its rule, its start, its end and why."""

    rule: str
    starts_at: datetime
    due_at: datetime
    basis: str


@dataclass(frozen=True)
class Moments:
    """When the site became aware, and when the sponsor received and determined; None while it has not happened."""

    site_aware_at: datetime
    sponsor_received_at: datetime | None = None
    sponsor_determined_at: datetime | None = None

    def of(self, start: str) -> datetime | None:
        """Returns the moment at which a kind of clock starts, if it has come."""
        if start == SITE_AWARENESS:
            return self.site_aware_at
        if start in SPONSOR_RECEIPT:
            return self.sponsor_received_at
        return self.sponsor_determined_at if start == SPONSOR_DETERMINATION else None


def clocks_due(
    definition: ProtocolDefinition, values: Mapping[str, Value], *, moments: Moments, sponsor_zone: str
) -> tuple[Deadline, ...]:
    """Returns the deadlines that run for an event; only a condition that is true starts one.

    The clock without a condition, from site to sponsor, runs for every serious event.
    """
    if values.get("serious") is not True:
        return ()
    found = []
    for clock in definition.clocks:
        starts_at = moments.of(clock.starts)
        if starts_at is not None and _applies(clock, values):
            found.append(Deadline(clock.rule, starts_at, due_at(clock, starts_at, zone=sponsor_zone), _basis(clock)))
    return tuple(found)


def due_at(clock: Clock, starts_at: datetime, *, zone: str) -> datetime:
    """Returns the end of a clock in UTC; the last second of the last day for calendar days."""
    if clock.hours is not None:
        return starts_at.astimezone(UTC) + timedelta(hours=clock.hours)
    last_day = starts_at.astimezone(ZoneInfo(zone)).date() + timedelta(days=clock.calendar_days or 0)
    return datetime.combine(last_day, time(23, 59, 59), tzinfo=ZoneInfo(zone)).astimezone(UTC)


def _applies(clock: Clock, values: Mapping[str, Value]) -> bool:
    if clock.expression is None:
        return True
    return judge(Rule(clock.rule, clock.rule, clock.expression), dict(values)).truth is Truth.TRUE


def _basis(clock: Clock) -> str:
    amount = f"{clock.hours} hours" if clock.hours is not None else f"{clock.calendar_days} calendar days"
    return f"{amount} from {clock.starts}"
