"""Where things stand in the figures of a report of the monitoring board; the tables beside them say the same."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pharmacy.board import TERMS_DRAWN

ROW, HEAD = 22, 24
SHARES, SHARES_WIDTH, DIFFERENCES, DIFFERENCES_WIDTH = 200, 280, 540, 290
CURVE_LEFT, CURVE_WIDTH, CURVE_TOP, CURVE_HEIGHT = 48, 560, 12, 180
# Marks that differ in shape, so that two arms can be told apart without colour.
SHAPES = ("round", "square")
LOWEST, HIGHEST = 60, 220


@dataclass(frozen=True)
class Dots:
    """One term: where the share of each arm stands, and the difference with its interval."""

    term: str
    y: float
    marks: tuple[tuple[str, float], ...]
    difference: tuple[float, float, float] | None


@dataclass(frozen=True)
class Curve:
    """The share of an arm that is left, as a line of steps."""

    arm: str
    points: tuple[tuple[float, float], ...]
    dashed: bool

    @property
    def path(self) -> str:
        """Returns the line as a page draws it."""
        (x, y), *others = self.points
        return f"M{x} {y}" + "".join(f"L{x} {y}" for x, y in others)


def dots(report: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the commonest terms as dots of shares, and differences of risk where there are two arms."""
    arms, sizes = report["arms"], report["sizes"]
    rows = []
    for place, row in enumerate(report["terms"][:TERMS_DRAWN]):
        counts = zip(SHAPES, row["participants"], arms, strict=False)
        marks = tuple((shape, _share_x(count / sizes[arm])) for shape, count, arm in counts if sizes[arm])
        found = row["difference"]
        shown = (_difference_x(found[0]), _difference_x(found[1]), _difference_x(found[2])) if found else None
        rows.append(Dots(row["term"], HEAD + place * ROW, marks, shown))
    base = HEAD + len(rows) * ROW
    return {
        "rows": rows,
        "base": base - 8,
        "scale_y": base + 10,
        "height": base + 20,
        "shares": [(_share_x(share), f"{share:.0%}") for share in (0, 0.25, 0.5, 0.75, 1)],
        "differences": [(_difference_x(value), f"{value:+.0%}") for value in (-1, -0.5, 0, 0.5, 1)]
        if any(row.difference for row in rows)
        else [],
        "legend": list(zip(arms, SHAPES, strict=False)),
    }


def curves(report: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the curves of the time to the first event, on one scale of days."""
    survival: Mapping[str, Sequence[Sequence[float]]] = report["survival"]
    last = max((step[0] for steps in survival.values() for step in steps), default=0) or 1
    found = []
    for place, arm in enumerate(report["arms"]):
        steps = survival.get(arm) or [[0.0, 1.0]]
        points = [(_day_x(0, last), _left_y(1.0))]
        for day, share in steps[1:]:
            points += [(_day_x(day, last), points[-1][1]), (_day_x(day, last), _left_y(share))]
        points.append((_day_x(last, last), points[-1][1]))
        found.append(Curve(arm, tuple(points), bool(place)))
    return {
        "lines": found,
        "base": CURVE_TOP + CURVE_HEIGHT,
        "scale": [(_left_y(share), f"{share:.0%}") for share in (0, 0.5, 1)],
        "days": [(_day_x(day, last), str(day)) for day in sorted({round(last * part / 4) for part in range(5)})],
    }


def pressures(report: Mapping[str, Any]) -> dict[str, Any]:
    """Returns systolic pressure before the first dose against the highest after it, one mark for each participant."""
    marks = [
        (shape, _pressure_x(before), _pressure_y(highest))
        for shape, arm in zip(SHAPES, report["arms"], strict=False)
        for before, highest in report["systolic"].get(arm, [])
    ]
    ticks = range(LOWEST + 20, HIGHEST, 40)
    return {
        "marks": marks,
        "across": [(_pressure_x(value), value) for value in ticks],
        "up": [(_pressure_y(value), value) for value in ticks],
        "equal": (_pressure_x(LOWEST), _pressure_y(LOWEST), _pressure_x(HIGHEST), _pressure_y(HIGHEST)),
    }


def _share_x(share: float) -> float:
    return round(SHARES + SHARES_WIDTH * share, 1)


def _difference_x(value: float) -> float:
    return round(DIFFERENCES + DIFFERENCES_WIDTH * (max(-1.0, min(1.0, value)) + 1) / 2, 1)


def _day_x(day: float, last: float) -> float:
    return round(CURVE_LEFT + CURVE_WIDTH * day / last, 1)


def _left_y(share: float) -> float:
    return round(CURVE_TOP + CURVE_HEIGHT * (1 - share), 1)


def _pressure_x(value: int) -> float:
    return round(CURVE_LEFT + 220 * (min(max(value, LOWEST), HIGHEST) - LOWEST) / (HIGHEST - LOWEST), 1)


def _pressure_y(value: int) -> float:
    return round(CURVE_TOP + 220 * (1 - (min(max(value, LOWEST), HIGHEST) - LOWEST) / (HIGHEST - LOWEST)), 1)
