"""CTCAE grades as a suggestion from measured values; a grade never drives seriousness."""

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal

from protocol.definition import ProtocolDefinition
from protocol.expressions import Truth, Value

PLACES = {"temp_c": Decimal("0.1")}
WHOLE = Decimal("1")


def suggested_grades(definition: ProtocolDefinition, values: Mapping[str, Value]) -> dict[str, int]:
    """Returns the highest grade whose text is met, by term; 0 where none is met and all is known."""
    rounded = {name: _rounded(name, value) for name, value in values.items()}
    grades: dict[str, int] = {}
    for band in definition.grade_bands:
        outcome = band.expression.evaluate(rounded)
        if outcome.truth is Truth.TRUE:
            grades[band.term] = max(band.grade, grades.get(band.term, 0))
        elif outcome.truth is Truth.FALSE:
            grades.setdefault(band.term, 0)
    return grades


def _rounded(name: str, value: Value) -> Value:
    if not isinstance(value, Decimal):
        return value
    return value.quantize(PLACES.get(name, WHOLE), rounding=ROUND_HALF_UP)
