"""Where things stand in the charts of the unblinded room; each chart has a table with the same content beside it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pharmacy.rehearsal import Interval

WIDTH, LEFT, RIGHT = 640, 56, 16
TOP, BASE = 16, 180
INDEX_LEFT = 240


@dataclass(frozen=True)
class Bar:
    """One bar, with its label below and its figure above."""

    x: float
    y: float
    width: float
    height: float
    middle: float
    label: str
    figure: str


@dataclass(frozen=True)
class Mark:
    """A point with its interval."""

    x: float
    y: float
    high: float
    low: float
    label: str


def bars(numbers: Mapping[int, int]) -> list[Bar]:
    """Returns a bar for each number, the highest as high as the drawing."""
    step = (WIDTH - LEFT - RIGHT) / max(len(numbers), 1)
    most = max(numbers.values(), default=0) or 1
    found = []
    for index, (label, number) in enumerate(numbers.items()):
        x, height = LEFT + index * step, (BASE - TOP - 16) * number / most
        found.append(
            Bar(_r(x + step * 0.15), _r(BASE - height), _r(step * 0.7), _r(height), _r(x + step / 2), str(label),
                str(number) if number else "")
        )  # fmt: skip
    return found


def marks(intervals: Sequence[Interval]) -> list[Mark]:
    """Returns a point for each share, between 0 at the base and 1 at the top."""
    step = (WIDTH - LEFT - RIGHT) / max(len(intervals), 1)
    every = max(1, len(intervals) // 12)
    return [
        Mark(
            _r(LEFT + (index + 0.5) * step), height_of(each.share), height_of(each.high), height_of(each.low),
            str(index + 1) if index % every == 0 else "",
        )
        for index, each in enumerate(intervals)
    ]  # fmt: skip


def along(value: float, *, low: float) -> float:
    """Returns where an index between `low` and 1 stands from left to right."""
    return _r(INDEX_LEFT + (value - low) / (1 - low) * (WIDTH - INDEX_LEFT - RIGHT))


def height_of(share: float) -> float:
    """Returns where a share between 0 and 1 stands."""
    return _r(BASE - (BASE - TOP) * share)


def _r(value: float) -> float:
    return round(value, 1)
