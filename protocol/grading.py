"""CTCAE grades as a suggestion from measured values; a grade never drives seriousness."""

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal

from protocol.definition import ProtocolDefinition
from protocol.expressions import Truth, Value


def suggested_grades(definition: ProtocolDefinition, values: Mapping[str, Value]) -> dict[str, int]:
    """Returns the highest grade whose text is met, by term; 0 where none is met.

    A term of which no grade is met and one cannot be assessed is left out. A grade that is met stands, although a
    higher one may turn out to be met once more is known.
    """
    rounded = {name: _rounded(definition, name, value) for name, value in values.items()}
    truths: dict[str, dict[int, Truth]] = {}
    for band in definition.grade_bands:
        truths.setdefault(band.term, {})[band.grade] = band.expression.evaluate(rounded).truth
    grades = {term: _grade(found) for term, found in truths.items()}
    return {term: grade for term, grade in grades.items() if grade is not None}


def _grade(truths: Mapping[int, Truth]) -> int | None:
    met = [grade for grade, truth in truths.items() if truth is Truth.TRUE]
    if met:
        return max(met)
    return None if Truth.UNKNOWN in truths.values() else 0


def _rounded(definition: ProtocolDefinition, name: str, value: Value) -> Value:
    step = definition.grade_rounding.get(name)
    if step is None or not isinstance(value, Decimal):
        return value
    return value.quantize(step, rounding=ROUND_HALF_UP)
