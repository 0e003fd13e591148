"""How many will still be assessed: for each site, at the visits that the protocol names, with how sure that is.

Those who are still to come are foreseen at the site's own rate, drawn towards the protocol's expectation as long as
few were due (beta-binomial; the middle 80 % of what can come). Never by arm.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from math import sqrt
from typing import TYPE_CHECKING

from protocol.definition import ProtocolDefinition

if TYPE_CHECKING:
    from patients.models import Visit

# The middle 80 % of a normal distribution.
EIGHTY_PERCENT = 1.2816
WIDTH, LEFT, RIGHT, ROW, TOP = 560, 150, 70, 26, 14


@dataclass(frozen=True)
class SiteForecast:
    """One visit at one site: who was due and assessed, who is to come, and the share foreseen at the end."""

    site: str
    code: str
    due: int
    assessed: int
    to_come: int
    share: float
    low: float
    high: float

    @property
    def words(self) -> str:
        """Returns the forecast as a sentence of numbers."""
        return f"{self.share:.0%}, {self.low:.0%} to {self.high:.0%}"


def forecasts_of(visits: Iterable["Visit"], *, definition: ProtocolDefinition, today: date) -> list[SiteForecast]:
    """Returns the forecast of every site at the visits that the protocol names, in its order and by site code."""
    rules = definition.durability.forecast
    counts: dict[tuple[str, str], list[int]] = {}
    for visit in visits:
        if visit.code not in rules.visits:
            continue
        held = visit.started_at is not None
        over = visit.state in ("missed", "cancelled") or (visit.latest_on is not None and visit.latest_on < today)
        count = counts.setdefault((visit.code, visit.site.code), [0, 0, 0])
        count[0] += held or over
        count[1] += held
        count[2] += not (held or over)
    return [
        _forecast(site, code, *counts[code, site], expected=rules.expected, weight=rules.weight)
        for code in rules.visits
        for site in sorted(site for each, site in counts if each == code)
    ]


def drawing_of(forecasts: list[SiteForecast]) -> dict[str, object]:
    """Returns the numbers of the drawing: a dot and a line for each row, on a scale from nought to everybody."""

    def x(share: float) -> str:
        return f"{LEFT + share * (WIDTH - LEFT - RIGHT):.1f}"

    rows = [
        {
            "y": TOP + place * ROW, "x": x(each.share), "low": x(each.low), "high": x(each.high), "forecast": each
        }
        for place, each in enumerate(forecasts)
    ]  # fmt: skip
    bottom = TOP + len(rows) * ROW
    scale = [(x(share), f"{share:.0%}") for share in (0, 0.5, 1)]
    return {"rows": rows, "height": bottom + 18, "bottom": bottom - 8, "label": bottom + 8, "scale": scale}


def _forecast(
    site: str, code: str, due: int, assessed: int, to_come: int, *, expected: float, weight: int
) -> SiteForecast:
    counted = due + weight
    rate = (assessed + expected * weight) / counted
    spread = sqrt(to_come * rate * (1 - rate) * (counted + to_come) / (counted + 1)) * EIGHTY_PERCENT
    everybody, foreseen = due + to_come, assessed + to_come * rate
    low, high = max(assessed, foreseen - spread), min(assessed + to_come, foreseen + spread)
    return SiteForecast(site, code, due, assessed, to_come, *(n / everybody for n in (foreseen, low, high)))
