"""Washout of prohibited medicines before baseline. Half-lives are the protocol's; an unlisted medicine is unknown."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

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


def _washed_out(definition: ProtocolDefinition, medicine: StoppedMedicine, *, on: date) -> Truth:
    if medicine.last_taken_on is None:
        return Truth.FALSE
    values: dict[str, Value] = {"days_since_last_use": Decimal((on - medicine.last_taken_on).days)}
    half_life = definition.half_life_days.get(medicine.name)
    if half_life is not None:
        values["half_life_days"] = half_life
    return judge(definition.washout, values).truth
