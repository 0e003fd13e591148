"""Visits and their windows, from actual anchor dates where there are any. Days are the site's calendar days.

Source: CALENDAR in the head of the protocol file.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from protocol.definition import ProtocolDefinition, Visit

CONSENT, LAST_DOSE = "CONSENT", "LAST_DOSE"
Span = tuple[datetime, datetime, datetime]


@dataclass(frozen=True)
class PlannedVisit:
    """A visit with its target and window, both ends included; None where its anchor gives no date.

    The times are there only where the window counts hours and the event it counts from has happened.
    """

    code: str
    name: str
    type: str
    order: int
    target_on: date | None
    earliest_on: date | None
    latest_on: date | None
    anchor: str | None
    anchored_on_actual: bool
    target_at: datetime | None = None
    earliest_at: datetime | None = None
    latest_at: datetime | None = None


def plan_schedule(
    definition: ProtocolDefinition,
    *,
    consent_on: date,
    actual: Mapping[str, date] = {},
    last_dose_on: date | None = None,
    missed: Collection[str] = (),
    events: Mapping[tuple[str, str], datetime] = {},
    zone: str = "UTC",
) -> dict[str, PlannedVisit]:
    """Returns every visit and contact by code.

    `actual` has the local date on which each visit that took place started, `missed` the codes of visits that will not
    take place. Until an anchor is done its own target stands in. A visit anchored on the last dose follows
    `last_dose_on`; while a dosing visit is still to come, the target of the last such visit; and has no target when no
    dose was taken and none will be. `events` has the moment of an event (start, end, initial_dose) of a visit, from
    which windows in hours count; `zone` is the site's.
    """
    planner = _Planner(definition, consent_on, actual, last_dose_on, frozenset(missed), events, ZoneInfo(zone))
    planned = {visit.code: planner.plan(visit) for visit in definition.visits}
    planned.update(planner.contacts())
    return planned


@dataclass(frozen=True)
class MoveLine:
    """One line of a cascade: where a visit stood and where it would stand."""

    before: PlannedVisit
    after: PlannedVisit

    @property
    def moves(self) -> bool:
        """Returns whether the target or the window changes."""
        return _window(self.before) != _window(self.after)


def cascade(before: Mapping[str, PlannedVisit], after: Mapping[str, PlannedVisit]) -> list[MoveLine]:
    """Returns the visits that move, in the order of display."""
    lines = [MoveLine(before[code], after[code]) for code in before if code in after]
    return sorted((line for line in lines if line.moves), key=lambda line: (line.before.order, line.before.code))


def window_state(*, earliest_on: date | None, latest_on: date | None, today: date, closing_days: int) -> str:
    """Returns not_due, open, closing or overdue for a visit that has not taken place."""
    if earliest_on is None or latest_on is None or today < earliest_on:
        return "not_due"
    if today > latest_on:
        return "overdue"
    return "closing" if (latest_on - today).days <= closing_days else "open"


def unmet_predecessors(visit: Visit, *, settled: Collection[str]) -> tuple[str, ...]:
    """Returns the visits that must be done, or recorded as missed, before this one may start."""
    return tuple(code for code in visit.must_follow if code not in settled)


@dataclass(frozen=True)
class _Planner:
    definition: ProtocolDefinition
    consent_on: date
    actual: Mapping[str, date]
    last_dose_on: date | None
    missed: frozenset[str]
    events: Mapping[tuple[str, str], datetime]
    zone: ZoneInfo

    def plan(self, visit: Visit) -> PlannedVisit:
        """Returns the visit with its window."""
        anchor_on, is_actual = self._anchor(visit.anchor)
        if visit.offset is None or anchor_on is None:
            return _line(visit, (None, None, None), is_actual=False)
        if visit.window_unit == "hours":
            return self._plan_hours(visit, anchor_on, is_actual=is_actual)
        target = anchor_on + timedelta(days=visit.offset)
        days = (target, target - timedelta(days=visit.before or 0), target + timedelta(days=visit.after or 0))
        return _line(visit, days, is_actual=is_actual)

    def contacts(self) -> dict[str, PlannedVisit]:
        """Returns the contacts after each visit of the protocol's type; days in person are visits already."""
        rule = self.definition.phone_contacts
        found = {}
        for visit in self.definition.visits:
            for day in rule.days if visit.type == rule.after_type else ():
                if day not in rule.in_person_days:
                    line = self._contact(visit, day)
                    found[line.code] = line
        return found

    def _contact(self, visit: Visit, day: int) -> PlannedVisit:
        rule = self.definition.phone_contacts
        anchor_on, is_actual = self._anchor(visit.code)
        days: tuple[date | None, date | None, date | None] = (None, None, None)
        if anchor_on is not None and visit.code not in self.missed:
            target = anchor_on + timedelta(days=day)
            days = (target, target - timedelta(days=rule.before), target + timedelta(days=rule.after))
        code = rule.code_pattern.format(dosing_code=visit.code, day=day)
        name = f"Phone contact, day {day}"
        return PlannedVisit(code, name, "phone", visit.order, *days, visit.code, is_actual)

    def _plan_hours(self, visit: Visit, anchor_on: date, *, is_actual: bool) -> PlannedVisit:
        """Returns a visit whose window is elapsed time; before its event, the days it may touch."""
        offset, before, after = (timedelta(hours=amount or 0) for amount in (visit.offset, visit.before, visit.after))
        event_at = self.events.get((visit.anchor or "", visit.anchor_event))
        if event_at is None:
            # The event may fall at any hour of the anchor's day.
            begins = datetime.combine(anchor_on, time.min) + offset
            ends = begins + timedelta(days=1) + after
            return _line(visit, (begins.date(), (begins - before).date(), ends.date()), is_actual=False)
        # Hours are elapsed time: counted in UTC, and only then read as days of the site.
        target = event_at.astimezone(UTC) + offset
        times = (target, target - before, target + after)
        first, middle, last = (moment.astimezone(self.zone).date() for moment in (times[1], times[0], times[2]))
        return _line(visit, (middle, first, last), is_actual=is_actual, times=times)

    def _anchor(self, code: str | None) -> tuple[date | None, bool]:
        if code == CONSENT:
            return self.consent_on, True
        if code == LAST_DOSE:
            return self._last_dose()
        if code is None:
            return None, False
        if code in self.actual:
            return self.actual[code], True
        return self.plan(self.definition.visits_by_code[code]).target_on, False

    def _last_dose(self) -> tuple[date | None, bool]:
        settled = self.missed | self.actual.keys()
        to_come = [visit for visit in self.definition.dosing_visits if visit.code not in settled]
        if to_come:
            return self.plan(to_come[-1]).target_on, False
        return self.last_dose_on, self.last_dose_on is not None


def _line(
    visit: Visit,
    days: tuple[date | None, date | None, date | None],
    *,
    is_actual: bool,
    times: Span | tuple[None, None, None] = (None, None, None),
) -> PlannedVisit:
    return PlannedVisit(visit.code, visit.name, visit.type, visit.order, *days, visit.anchor, is_actual, *times)


def _window(line: PlannedVisit) -> tuple[date | datetime | None, ...]:
    return line.target_on, line.earliest_on, line.latest_on, line.target_at, line.earliest_at, line.latest_at
