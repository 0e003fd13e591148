"""Washout of prohibited medicines before baseline. Half-lives are the protocol's; an unlisted medicine is unknown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from protocol.definition import ProtocolDefinition
from protocol.expressions import Truth, Value
from protocol.schedule import plan_schedule
from protocol.verdict import judge, show


@dataclass(frozen=True)
class StoppedMedicine:
    """A medicine of a prohibited class and the day of its last intake; None while it is still taken."""

    name: str
    last_taken_on: date | None


@dataclass(frozen=True)
class TakenMedicine:
    """A medicine of a prohibited class as it stands: last taken on a day, or to be stopped on one, or neither."""

    name: str
    last_taken_on: date | None = None
    planned_last_on: date | None = None
    taper_from: date | None = None


@dataclass(frozen=True)
class WashoutLine:
    """The plan of one medicine: its last day, and when it is washed out; None where that cannot be known yet.

    `taper_until` is the earliest day on which the protocol lets a taper end. `why` says how the day was reached.
    """

    name: str
    last_on: date | None
    planned: bool
    taper_until: date | None
    washed_out_on: date | None
    why: str


@dataclass(frozen=True)
class WashoutPlan:
    """The plan of all medicines: from when on baseline and the first dose are possible, and why not before."""

    lines: tuple[WashoutLine, ...]
    baseline_from: date | None
    first_dose_from: date | None
    why: str


def washout_truth(definition: ProtocolDefinition, medicines: Sequence[StoppedMedicine], *, on: date) -> Truth:
    """Returns whether every medicine is washed out on a day; no such medicine is true."""
    truths = [_washed_out(definition, medicine, on=on) for medicine in medicines]
    if Truth.FALSE in truths:
        return Truth.FALSE
    return Truth.UNKNOWN if Truth.UNKNOWN in truths else Truth.TRUE


def washed_out_on(definition: ProtocolDefinition, medicine: StoppedMedicine) -> date | None:
    """Returns the first day on which the rule is true, or None when it cannot be known.

    The rule asks for a number of days since the last intake, so that once true it stays true.
    """
    half_life = definition.half_life_days.get(medicine.name)
    if half_life is None or medicine.last_taken_on is None:
        return None
    edges = definition.washout.expression.edges({"half_life_days": half_life})
    days = [edge.number for edge in edges if edge.variable == "days_since_last_use"]
    for number in sorted(days):
        day = medicine.last_taken_on + timedelta(days=int(number))
        for later in (day, day + timedelta(days=1)):
            if _washed_out(definition, medicine, on=later) is Truth.TRUE:
                return later
    return None


def plan_washout(
    definition: ProtocolDefinition,
    medicines: Sequence[TakenMedicine],
    *,
    consent_on: date,
    actual: Mapping[str, date] = {},
) -> WashoutPlan:
    """Returns the plan of every medicine of a prohibited class, and the first days of baseline and dosing.

    Days that only rest on planned last intakes are planned themselves. While one medicine's day is not known, neither
    of the first days is.
    """
    lines = tuple(_line(definition, medicine) for medicine in medicines)
    baseline, dosing = definition.washout_before, definition.dosing_visits[0].code
    planned = plan_schedule(definition, consent_on=consent_on, actual=actual)
    opens_on, done_on = planned[baseline].earliest_on, actual.get(baseline)
    still_open = [line.name for line in lines if line.washed_out_on is None]
    if still_open:
        return WashoutPlan(lines, None, None, f"Not known while it is open for {', '.join(still_open)}.")
    last = max(lines, key=lambda line: line.washed_out_on or date.min, default=None)
    cleared_on = last.washed_out_on if last is not None else None
    from_on = done_on or max((day for day in (opens_on, cleared_on) if day is not None), default=None)
    if from_on is None:
        return WashoutPlan(lines, None, None, f"Not known while {baseline} has no window.")
    dose_from = plan_schedule(definition, consent_on=consent_on, actual={**actual, baseline: from_on})[dosing]
    if done_on is not None:
        why = f"{baseline} took place on {_day(done_on)}."
    elif last is not None and from_on == cleared_on:
        why = f"{last.name.capitalize()} is away long enough on {_day(from_on)}; {baseline} not before that."
    else:
        why = f"The window of {baseline} opens on {_day(from_on)}."
    return WashoutPlan(lines, from_on, dose_from.earliest_on, f"{why} {dosing} follows it by the schedule.")


def _line(definition: ProtocolDefinition, medicine: TakenMedicine) -> WashoutLine:
    known = definition.screening.medicines.get(medicine.name)
    taper_until = None
    if medicine.taper_from is not None and known is not None:
        taper_until = medicine.taper_from + timedelta(days=known.taper_days)
    last_on = medicine.last_taken_on or medicine.planned_last_on
    cleared_on = washed_out_on(definition, StoppedMedicine(medicine.name, last_on))
    half_life = definition.half_life_days.get(medicine.name)
    if half_life is None:
        why = "not in the protocol's list of half-lives, so its washout cannot be judged"
    elif last_on is None:
        why = "still taken, and no last day is planned"
    else:
        why = f"{definition.washout.text}; half-life {show(half_life)} days"
    return WashoutLine(medicine.name, last_on, medicine.last_taken_on is None, taper_until, cleared_on, why)


def _day(day: date) -> str:
    return f"{day:%-d %b %Y}"


def _washed_out(definition: ProtocolDefinition, medicine: StoppedMedicine, *, on: date) -> Truth:
    if medicine.last_taken_on is None:
        return Truth.FALSE
    values: dict[str, Value] = {"days_since_last_use": Decimal((on - medicine.last_taken_on).days)}
    half_life = definition.half_life_days.get(medicine.name)
    if half_life is not None:
        values["half_life_days"] = half_life
    return judge(definition.washout, values).truth
