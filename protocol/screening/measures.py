"""Values of measures: conversion by the protocol's factors, the range of normal, and what a value supplies to rules.

Numbers are exact decimals. A unit that the protocol has no factor for is refused, never guessed.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, ROUND_UP, Decimal

from protocol.screening.parts import UPPER_LIMITS, Measure, ScreeningRecord

LOW, NORMAL, HIGH, ABNORMAL, UNKNOWN = "low", "normal", "high", "abnormal", "unknown"
# As many digits as a laboratory reports; a converted value shows no more than it knows.
DIGITS = 4
MS_IN_MINUTE = Decimal(60000)


@dataclass(frozen=True)
class NormalRange:
    """A laboratory's range of normal for one measure, in the measure's unit, for a sex and an age or for everybody."""

    measure: str
    laboratory: str
    low: Decimal | None
    high: Decimal | None
    valid_from: date
    sex: str = ""
    age_from: int = 0
    age_to: int | None = None

    @property
    def words(self) -> str:
        """Returns the limits as they are read."""
        low, high = (None if edge is None else format(edge.normalize(), "f") for edge in (self.low, self.high))
        if low is None:
            return f"up to {high}"
        return f"from {low}" if high is None else f"{low} to {high}"

    def fits(self, *, laboratory: str, sex: str, age: Decimal | None, on: date) -> bool:
        """Returns whether the range is for such a person's value of that day; unknown sex or age fits no such limit."""
        if self.laboratory.casefold() != laboratory.casefold() or self.valid_from > on:
            return False
        if self.sex and self.sex != sex:
            return False
        limited = self.age_from > 0 or self.age_to is not None
        if age is None:
            return not limited
        return self.age_from <= age and (self.age_to is None or age < self.age_to)


def converted(measure: Measure, value: Decimal, unit: str) -> Decimal | None:
    """Returns a value in the measure's unit; None for a unit of which the protocol has no factor."""
    if unit == measure.unit:
        return value
    factor = measure.factors.get(unit)
    return None if factor is None else rounded(value * factor)


def rounded(value: Decimal, *, rounding: str = ROUND_HALF_UP) -> Decimal:
    """Returns a converted value with as many digits as a laboratory reports."""
    if not value:
        return Decimal(0)
    step = Decimal(1).scaleb(value.adjusted() - DIGITS + 1)
    return value.quantize(min(step, Decimal(1)), rounding=rounding)


def range_for(
    ranges: Iterable[NormalRange], *, laboratory: str, sex: str, age: Decimal | None, on: date
) -> NormalRange | None:
    """Returns the range that holds for a value: one for the sex and age before a general one, then the newest."""
    fitting = [each for each in ranges if each.fits(laboratory=laboratory, sex=sex, age=age, on=on)]
    return max(
        fitting,
        key=lambda each: (bool(each.sex), each.age_from > 0 or each.age_to is not None, each.valid_from),
        default=None,
    )


def flag_of(measure: Measure, value: str, normal: NormalRange | None) -> str:
    """Returns low, normal, high or abnormal; unknown where no range of normal is known."""
    if measure.values:
        return ABNORMAL if value in measure.abnormal else NORMAL
    if normal is None:
        return UNKNOWN
    number = Decimal(value)
    if normal.low is not None and number < normal.low:
        return LOW
    return HIGH if normal.high is not None and number > normal.high else NORMAL


def supplied_value(measure: Measure, value: str, normal: NormalRange | None) -> str | None:
    """Returns the value of the variable that a result supplies; None where it needs a range that is not known."""
    if measure.in_terms_of != UPPER_LIMITS:
        return value
    if normal is None or not normal.high:
        return None
    # What is above a limit by ever so little must not be rounded down to it.
    return format(rounded(Decimal(value) / normal.high, rounding=ROUND_UP).normalize(), "f")


def panel_counts(screening: ScreeningRecord, reported: Mapping[str, str]) -> dict[str, str]:
    """Returns how many of each panel are abnormal; a panel of which one result is missing has no count."""
    return {
        name: str(sum(reported[code] in screening.measures[code].abnormal for code in codes))
        for name, codes in screening.panels.items()
        if all(code in reported for code in codes)
    }


def bazett(*, qt_ms: Decimal, beats_per_minute: Decimal) -> Decimal:
    """Returns the QT time corrected for the heart rate, in whole milliseconds.

    Bazett: QT divided by the square root of the interval between beats in seconds. Source: Bazett 1920, Heart 7:353.
    """
    seconds = MS_IN_MINUTE / beats_per_minute / 1000
    return (qt_ms / seconds.sqrt()).quantize(Decimal(1), rounding=ROUND_HALF_UP)


def computed_values(screening: ScreeningRecord, reported: Mapping[str, str]) -> dict[str, Decimal]:
    """Returns the measures that follow from others of the same moment and were not reported themselves."""
    found = {}
    for measure in screening.measures.values():
        parts = measure.computed
        if parts is not None and measure.code not in reported and {parts.qt, parts.rate} <= reported.keys():
            found[measure.code] = bazett(
                qt_ms=Decimal(reported[parts.qt]), beats_per_minute=Decimal(reported[parts.rate])
            )
    return found
