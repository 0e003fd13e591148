"""Where things stand in the charts of safety; each chart has a table with the same content beside it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

WIDTH, LEFT, RIGHT, TOP, BASE = 900, 44, 12, 18, 190
# A single month is a bar, not a wall.
WIDEST = 64
# Fills that differ in lightness, so that they can be told apart without colour.
FILLS = ("f-due", "line-f", "ink-f", "f-done")


@dataclass(frozen=True)
class Part:
    """One part of a bar."""

    y: float
    height: float
    fill: str


@dataclass(frozen=True)
class Bar:
    """One bar of parts that stand on each other, with its label below and its sum above."""

    x: float
    width: float
    middle: float
    top: float
    label: str
    sum: int
    parts: tuple[Part, ...]


def stacked(labels: Sequence[str], series: Mapping[str, Sequence[int]]) -> list[Bar]:
    """Returns a bar for each label, the highest as high as the drawing."""
    rows, fills = list(series.values()), fills_of(series)
    sums = [sum(row[place] for row in rows) for place in range(len(labels))]
    most, step = max(sums, default=0) or 1, (WIDTH - LEFT - RIGHT) / max(len(labels), 1)
    every, width = -(-len(labels) // 12) or 1, min(step * 0.7, WIDEST)
    bars = []
    for place, label in enumerate(labels):
        x, base, parts = LEFT + place * step, float(BASE), []
        for name, row in series.items():
            height = (BASE - TOP) * row[place] / most
            base -= height
            if row[place]:
                parts.append(Part(_r(base), _r(height), fills[name]))
        bars.append(
            Bar(_r(x + (step - width) / 2), _r(width), _r(x + step / 2), _r(base), label if place % every == 0 else "",
                sums[place], tuple(parts))
        )  # fmt: skip
    return bars


def fills_of(names: Mapping[str, object]) -> dict[str, str]:
    """Returns the fill of each name."""
    return {name: FILLS[place % len(FILLS)] for place, name in enumerate(names)}


def _r(value: float) -> float:
    return round(value, 1)
