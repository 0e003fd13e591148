"""Values that no form supplies: counted or computed from what was entered."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from protocol.definition import ProtocolDefinition
from protocol.expressions import Truth, Value


def count_readings(
    definition: ProtocolDefinition, name: str, *, occasions: Sequence[Mapping[str, Value]]
) -> Decimal | None:
    """Returns how many occasions meet the condition of a derived count; None until enough are recorded.

    Each occasion has its readings by variable; one that does not decide the condition is not recorded yet.
    """
    count = definition.derived_counts[name]
    truths = [count.expression.evaluate(occasion).truth for occasion in occasions]
    known = [truth for truth in truths if truth is not Truth.UNKNOWN]
    if len(known) < count.occasions:
        return None
    return Decimal(known.count(Truth.TRUE))
