"""Washout of prohibited medicines before baseline: half-lives come from the protocol; an unlisted medicine is unknown."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_CEILING, Decimal

from protocol.definition import ProtocolDefinition
from protocol.expressions import Truth, Value
from protocol.verdict import judge


@dataclass(frozen=True)
class StoppedMedicine:
    """A medicine of a prohibited class and the day of its last intake; None while it is still taken."""

    name: str
    last_taken_on: date | None


def washout_truth(definition: ProtocolDefinition, medicines: Sequence[StoppedMedicine], *, on: date) -> Truth:
    """Returns whether every medicine is washed out on a day; no such medicine is true."""
    truths = [_one(definition, medicine, on) for medicine in medicines]
    if Truth.FALSE in truths:
        return Truth.FALSE
    return Truth.UNKNOWN if Truth.UNKNOWN in truths else Truth.TRUE


def washed_out_on(definition: ProtocolDefinition, medicine: StoppedMedicine) -> date | None:
    """Returns the first day on which the rule is true, or None when it cannot be known."""
    half_life = definition.half_life_days.get(medicine.name)
    if half_life is None or medicine.last_taken_on is None:
        return None
    longest = (half_life * 10).to_integral_value(ROUND_CEILING) + 60
    for days in range(int(longest)):
        day = medicine.last_taken_on + timedelta(days=days)
        if _one(definition, medicine, day) is Truth.TRUE:
            return day
    return None


def _one(definition: ProtocolDefinition, medicine: StoppedMedicine, on: date) -> Truth:
    if medicine.last_taken_on is None:
        return Truth.FALSE
    values: dict[str, Value] = {"days_since_last_use": Decimal((on - medicine.last_taken_on).days)}
    half_life = definition.half_life_days.get(medicine.name)
    if half_life is not None:
        values["half_life_days"] = half_life
    return judge(definition.washout, values).truth
