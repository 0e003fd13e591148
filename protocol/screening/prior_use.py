"""Earlier use of the study drug, counted over the protocol's years. What is not dated better counts against the person.

Source: FDA's letter of August 2024 on earlier use among participants (F2 of the protocol file).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from protocol.partial_dates import last_day, whole_months
from protocol.screening.parts import PriorUse


@dataclass(frozen=True)
class Occasions:
    """How often the drug was used in one year, and the last day of it, which may be partial."""

    year: int
    count: int
    last_used: str = ""


def counted_use(rule: PriorUse, occasions: Sequence[Occasions], *, on: date) -> dict[str, int]:
    """Returns the two variables of the protocol: uses within its years, and months since the last one.

    A year that the span touches counts whole; a date of which a part is not known is read as the latest it can be. No
    occasion is none at all: somebody must have said so before this is asked.
    """
    since = on.year - rule.years
    uses = sum(each.count for each in occasions if each.year >= since)
    used = [min(last_day(each.last_used or str(each.year)), on) for each in occasions if each.count]
    months = whole_months(max(used), on) if used else int(rule.never)
    return {rule.uses: uses, rule.last: months}
