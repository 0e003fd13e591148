"""Reporting deadlines of a serious event. Elapsed hours are elapsed; calendar days end as the sponsor's day ends.

Source: adverse_event_policy.clocks of the protocol; the start is day 0, due at the end of the last day.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from protocol.definition import Clock, ProtocolDefinition, Rule
from protocol.expressions import Truth, Value
from protocol.verdict import Verdict, judge

SITE_AWARENESS = "site awareness"
SPONSOR_RECEIPT = ("sponsor receipt", "sponsor awareness")
SPONSOR_DETERMINATION = "sponsor determination"
FOLLOW_UP = "_follow_up"
FIRST_APPROVAL = "first_approval"
LAST_SECOND = time(23, 59, 59)


@dataclass(frozen=True)
class Deadline:
    """A deadline that is running: its rule, its start, its end and why.

    `follow_up_due_at` is the end of the further days for what the first report lacks, where the rule gives any.
    """

    rule: str
    starts_at: datetime
    due_at: datetime
    basis: str
    follow_up_due_at: datetime | None = None


@dataclass(frozen=True)
class AnnualDeadline:
    """The deadline of the report for one year of the trial: from its first day up to the anniversary, not included."""

    rule: str
    region: str
    begins_on: date
    ends_on: date
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
    found = []
    for clock in _event_clocks(definition):
        starts_at = moments.of(clock.starts)
        if starts_at is not None and judge_clock(clock, values).truth is Truth.TRUE:
            found.append(_deadline(clock, starts_at, zone=sponsor_zone))
    return tuple(found)


def with_follow_ups(deadlines: Iterable[Deadline]) -> tuple[Deadline, ...]:
    """Returns the deadlines, and beside each that gives further days one for what the first report lacks."""
    found = []
    for deadline in deadlines:
        found.append(deadline)
        if deadline.follow_up_due_at is not None:
            basis = f"what the first report lacks: {deadline.basis}, and the further days"
            name = f"{deadline.rule}{FOLLOW_UP}"
            found.append(Deadline(name, deadline.starts_at, deadline.follow_up_due_at, basis))
    return tuple(found)


def open_clocks(definition: ProtocolDefinition, values: Mapping[str, Value]) -> tuple[Verdict, ...]:
    """Returns the clocks of which nobody can say yet whether they run, naming what is missing."""
    verdicts = (judge_clock(clock, values) for clock in _event_clocks(definition))
    return tuple(verdict for verdict in verdicts if verdict.truth is Truth.UNKNOWN)


def judge_clock(clock: Clock, values: Mapping[str, Value]) -> Verdict:
    """Judges whether a clock runs for an event; no clock runs for an event that is not serious."""
    serious = values.get("serious")
    if serious is not True:
        truth = Truth.UNKNOWN if serious is None else Truth.FALSE
        return Verdict(clock.rule, basis_of(clock), truth, missing=("serious",) if serious is None else ())
    if clock.expression is None:
        return Verdict(clock.rule, basis_of(clock), Truth.TRUE)
    return judge(Rule(clock.rule, basis_of(clock), clock.expression), values)


def due_at(clock: Clock, starts_at: datetime, *, zone: str) -> datetime:
    """Returns the end of a clock in UTC; the last second of the last day for calendar days."""
    if clock.hours is not None:
        return starts_at.astimezone(UTC) + timedelta(hours=clock.hours)
    return end_of_day(starts_at, days=clock.calendar_days or 0, zone=zone)


def annual_reports(
    definition: ProtocolDefinition, *, first_approved_on: date | None, until_on: date, zone: str
) -> tuple[AnnualDeadline, ...]:
    """Returns the deadline of each report for a year that has ended by a day, by the calendar of the sponsor's zone.

    A rule whose anchor has no day yet has none. The year of somebody born on 29 February ends on the 28th.
    """
    found = []
    for clock in definition.clocks:
        anchor_on = first_approved_on if clock.anchor == FIRST_APPROVAL else _day(clock.anchor)
        if clock.days_after_anniversary is None or anchor_on is None:
            continue
        for year in range(anchor_on.year + 1, until_on.year + 1):
            begins_on, ends_on = _in_year(anchor_on, year - 1), _in_year(anchor_on, year)
            if ends_on <= until_on:
                starts_at = datetime.combine(ends_on, time(), tzinfo=ZoneInfo(zone)).astimezone(UTC)
                due_at = end_of_day(starts_at, days=clock.days_after_anniversary, zone=zone)
                found.append(
                    AnnualDeadline(clock.rule, clock.region, begins_on, ends_on, starts_at, due_at, basis_of(clock))
                )
    return tuple(found)


def _day(anchor: str) -> date | None:
    return date.fromisoformat(anchor) if anchor and anchor != FIRST_APPROVAL else None


def _in_year(day: date, year: int) -> date:
    """Returns the same day of another year; 28 February where there is no 29th."""
    try:
        return day.replace(year=year)
    except ValueError:
        return day.replace(year=year, day=28)


def basis_of(clock: Clock) -> str:
    """Returns the length of a clock and what it counts from, as a person reads it."""
    if clock.hours is not None:
        return f"{clock.hours} hours from {clock.starts}"
    if clock.calendar_days is not None:
        return f"{clock.calendar_days} calendar days from {clock.starts}"
    return f"{clock.days_after_anniversary} days after the {clock.starts}"


def _event_clocks(definition: ProtocolDefinition) -> tuple[Clock, ...]:
    return tuple(clock for clock in definition.clocks if clock.days_after_anniversary is None)


def _deadline(clock: Clock, starts_at: datetime, *, zone: str) -> Deadline:
    further = clock.follow_up_days
    last = None if further is None else end_of_day(starts_at, days=(clock.calendar_days or 0) + further, zone=zone)
    return Deadline(clock.rule, starts_at, due_at(clock, starts_at, zone=zone), basis_of(clock), last)


def end_of_day(starts_at: datetime, *, days: int, zone: str) -> datetime:
    """Returns the last second of the day that many days after the start, by the calendar of a zone, in UTC."""
    last_day = starts_at.astimezone(ZoneInfo(zone)).date() + timedelta(days=days)
    # Where clocks go back at midnight the last second comes twice; the day ends with the second of them.
    return datetime.combine(last_day, LAST_SECOND, tzinfo=ZoneInfo(zone)).replace(fold=1).astimezone(UTC)
