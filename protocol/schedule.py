"""Visits and their windows, from actual anchor dates where there are any. Days are the site's calendar days.

Source: CALENDAR in the head of the protocol file.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from protocol.definition import ProtocolDefinition, Visit

CONSENT, LAST_DOSE = "CONSENT", "LAST_DOSE"


@dataclass(frozen=True)
class PlannedVisit:
    """A visit with its target and window, both ends included; None where its anchor gives no date."""

    code: str
    name: str
    type: str
    order: int
    target_on: date | None
    earliest_on: date | None
    latest_on: date | None
    anchor: str | None
    anchored_on_actual: bool


def plan_schedule(
    definition: ProtocolDefinition,
    *,
    consent_on: date,
    actual: Mapping[str, date] = {},
    last_dose_on: date | None = None,
) -> dict[str, PlannedVisit]:
    """Returns every visit and contact by code.

    `actual` has the local date on which each visit that took place started. Until an anchor is done its own target
    stands in. A visit anchored on the last dose follows `last_dose_on`, or the planned last dosing visit while dosing
    is still to come.
    """
    planner = _Planner(definition, consent_on, actual, last_dose_on)
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
        return (self.before.target_on, self.before.earliest_on, self.before.latest_on) != (
            self.after.target_on,
            self.after.earliest_on,
            self.after.latest_on,
        )


def cascade(before: Mapping[str, PlannedVisit], after: Mapping[str, PlannedVisit]) -> list[MoveLine]:
    """Returns the visits that move, in the order of display."""
    lines = [MoveLine(before[code], after[code]) for code in before if code in after]
    return sorted((line for line in lines if line.moves), key=lambda line: line.before.order)


def window_state(*, earliest_on: date | None, latest_on: date | None, today: date, closing_days: int = 2) -> str:
    """Returns not_due, open, closing or overdue for a visit that has not taken place."""
    if earliest_on is None or latest_on is None or today < earliest_on:
        return "not_due"
    if today > latest_on:
        return "overdue"
    return "closing" if (latest_on - today).days <= closing_days else "open"


def unmet_predecessors(visit: Visit, *, settled: frozenset[str]) -> tuple[str, ...]:
    """Returns the visits that must be done, or recorded as missed, before this one may start."""
    return tuple(code for code in visit.must_follow if code not in settled)


class _Planner:
    def __init__(
        self,
        definition: ProtocolDefinition,
        consent_on: date,
        actual: Mapping[str, date],
        last_dose_on: date | None,
    ) -> None:
        self.definition = definition
        self.consent_on = consent_on
        self.actual = actual
        self.last_dose_on = last_dose_on

    def plan(self, visit: Visit) -> PlannedVisit:
        """Returns the visit with its window."""
        if visit.offset is None:
            return self._line(visit, None, None, None, actual=False)
        anchor_on, is_actual = self._anchor(visit.anchor)
        if anchor_on is None:
            return self._line(visit, None, None, None, actual=False)
        target = anchor_on + self._span(visit, visit.offset)
        earliest = target - self._span(visit, visit.before or 0)
        latest = target + self._span(visit, visit.after or 0)
        return self._line(visit, target, earliest, latest, actual=is_actual)

    def contacts(self) -> dict[str, PlannedVisit]:
        """Returns the contacts after each visit of the protocol's type; days in person are visits already."""
        rule, found = self.definition.phone_contacts, {}
        for visit in self.definition.visits:
            if visit.type != rule.after_type:
                continue
            anchor_on, is_actual = self._anchor(visit.code)
            for day in rule.days:
                if day in rule.in_person_days or anchor_on is None:
                    continue
                code = rule.code_pattern.format(dosing_code=visit.code, day=day)
                target = anchor_on + timedelta(days=day)
                found[code] = PlannedVisit(
                    code, f"Phone contact, day {day}", "phone", visit.order, target,
                    target - timedelta(days=rule.before), target + timedelta(days=rule.after), visit.code, is_actual,
                )  # fmt: skip
        return found

    def _anchor(self, code: str | None) -> tuple[date | None, bool]:
        if code == CONSENT:
            return self.consent_on, True
        if code == LAST_DOSE:
            return self._last_dose()
        if code in self.actual:
            return self.actual[str(code)], True
        visit = self.definition.visits_by_code.get(str(code))
        return (None, False) if visit is None else (self.plan(visit).target_on, False)

    def _last_dose(self) -> tuple[date | None, bool]:
        dosing = self.definition.dosing_visits
        to_come = [visit for visit in dosing if visit.code not in self.actual]
        if self.last_dose_on is not None and not to_come:
            return self.last_dose_on, True
        return (self.plan(dosing[-1]).target_on, False) if to_come else (None, False)

    def _span(self, visit: Visit, amount: int) -> timedelta:
        return timedelta(hours=amount) if visit.window_unit == "hours" else timedelta(days=amount)

    def _line(
        self, visit: Visit, target: date | None, earliest: date | None, latest: date | None, *, actual: bool
    ) -> PlannedVisit:
        return PlannedVisit(
            visit.code, visit.name, visit.type, visit.order, target, earliest, latest, visit.anchor, actual
        )
