"""The chart of a session in the anaesthesia idiom: one time axis, pressure as bars, edges from the version's limits.

Everything is a number of the drawing; the template only places it. After the present moment the chart is empty.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from protocol.definition import ProtocolDefinition
from protocol.vital_signs import ACT, DuePoint, due_points, limit_lines
from sessions.models import DoseRecord, ObservedEffect, VitalSigns

LEFT, RIGHT = 56, 597
FIRST_MINUTE, LAST_MINUTE = -42, 510
TOP, BOTTOM = 44, 396
LOW, HIGH = 40, 235
STRIP_TOP, STRIP_BOTTOM = 440, 516
COOL, HOT = 36.0, 40.5
PRESSURE = ("sbp", "dbp")


@dataclass(frozen=True)
class Bar:
    """One set: the stem between systolic and diastolic, the pulse and the temperature."""

    x: str
    systolic: str
    diastolic: str
    pulse: str
    temperature: str


@dataclass(frozen=True)
class Edge:
    """A limit with its label; the label's own place keeps two labels apart."""

    y: str
    label: str
    label_y: str
    severity: str


@dataclass(frozen=True)
class Flag:
    """A flag on the time axis: a dose, or a numbered observation."""

    x: str
    label: str


@dataclass(frozen=True)
class Chart:
    """The whole drawing."""

    bars: tuple[Bar, ...]
    pulse_line: str
    temperature_line: str
    edges: tuple[Edge, ...]
    temperature_edges: tuple[Edge, ...]
    doses: tuple[Flag, ...]
    effects: tuple[Flag, ...]
    due: tuple[tuple[str, str], ...]
    hours: tuple[tuple[str, str, str], ...]
    scale: tuple[tuple[str, str], ...]
    temperature_scale: tuple[tuple[str, str], ...]
    now_x: str
    now_label: str
    future_width: str
    latest: VitalSigns | None
    latest_x: str
    labels: tuple[tuple[str, str, str], ...]


def draw(
    definition: ProtocolDefinition,
    *,
    start: datetime,
    dosed: bool,
    sets: Sequence[VitalSigns],
    doses: Sequence[DoseRecord],
    effects: Sequence[ObservedEffect],
    at: datetime,
    clock: "Clock",
) -> Chart:
    """Returns the chart of a session whose minute 0 is `start`: the initial dose, or now before it."""
    place = _Place(start)
    now_x = min(max(place.x(at), LEFT), RIGHT)
    points = due_points(definition, initial_at=start, taken_at=[s.observed_at for s in sets]) if dosed else ()
    bars = tuple(place.bar(row) for row in sets)
    labels = definition.dose_labels
    return Chart(
        bars=bars,
        pulse_line=" ".join(f"{bar.x},{bar.pulse}" for bar in bars if bar.pulse),
        temperature_line=" ".join(f"{bar.x},{bar.temperature}" for bar in bars if bar.temperature),
        edges=tuple(_edges(definition, PRESSURE, place)),
        temperature_edges=tuple(_edges(definition, ("temp_c",), place)),
        doses=tuple(
            Flag(_n(place.x(d.observed_at)), f"{labels[d.kind].flag} {clock(d.observed_at)}")
            for d in doses
            if d.decision == "given"
        ),
        effects=tuple(Flag(_n(place.x(e.observed_at)), str(i)) for i, e in enumerate(effects, start=1)),
        due=tuple((_n(place.x(point.due_at)), point.state_at(at)) for point in points),
        hours=tuple(_hours(place, clock)),
        scale=tuple((_n(_pressure(value)), str(value)) for value in range(40, 201, 40)),
        temperature_scale=tuple((_n(_temperature(value)), str(value)) for value in (36, 38, 40)),
        now_x=_n(now_x),
        now_label=clock(at),
        future_width=_n(max(RIGHT - now_x, 0)),
        latest=sets[-1] if sets else None,
        latest_x=_n(now_x + 8),
        labels=tuple(_labels(sets[-1])) if sets else (),
    )


class Clock:
    """Shows moments as the clock of the site does."""

    def __init__(self, zone: str) -> None:
        self.zone = ZoneInfo(zone)

    def __call__(self, moment: datetime) -> str:
        """Returns hours and minutes."""
        return f"{moment.astimezone(self.zone):%H:%M}"


class _Place:
    def __init__(self, start: datetime) -> None:
        self.start = start

    def x(self, moment: datetime) -> float:
        minute = (moment - self.start).total_seconds() / 60
        return LEFT + (minute - FIRST_MINUTE) / (LAST_MINUTE - FIRST_MINUTE) * (RIGHT - LEFT)

    def bar(self, row: VitalSigns) -> Bar:
        return Bar(
            _n(self.x(row.observed_at)),
            _n(_pressure(row.systolic_mmhg)) if row.systolic_mmhg else "",
            _n(_pressure(row.diastolic_mmhg)) if row.diastolic_mmhg else "",
            _n(_pressure(row.heart_rate_bpm)) if row.heart_rate_bpm else "",
            _n(_temperature(float(row.temperature_c))) if row.temperature_c is not None else "",
        )


def due_points_of(
    definition: ProtocolDefinition, *, initial_at: datetime | None, sets: Sequence[VitalSigns]
) -> tuple[DuePoint, ...]:
    """Returns the scheduled sets of a session; none before the initial dose."""
    if initial_at is None:
        return ()
    return due_points(definition, initial_at=initial_at, taken_at=[row.observed_at for row in sets])


def _edges(definition: ProtocolDefinition, names: tuple[str, ...], place: _Place) -> list[Edge]:
    words = {"sbp": "SBP", "dbp": "DBP", "temp_c": "Temp"}
    found, last = [], float("-inf")
    to_y = _temperature if names == ("temp_c",) else _pressure
    lines = [line for line in limit_lines(definition) if line.variable in names]
    for line in sorted(lines, key=lambda edge: -edge.limit):
        y = to_y(float(line.limit))
        label_y = max(y + 4, last + 15)
        last = label_y
        text = f"{words[line.variable]} {line.limit.normalize():f} {line.severity}"
        found.append(Edge(_n(y), text, _n(label_y), "edge-act" if line.severity == ACT else "edge-watch"))
    return found


def _hours(place: _Place, clock: Clock) -> list[tuple[str, str, str]]:
    moments = [(hour, place.start + timedelta(hours=hour)) for hour in range(9)]
    return [(_n(place.x(moment)), f"{hour}:00", clock(moment)) for hour, moment in moments]


def _labels(latest: VitalSigns) -> list[tuple[str, str, str]]:
    rows = [
        ("t-sbp", latest.systolic_mmhg, "SBP", _pressure),
        ("t-dbp", latest.diastolic_mmhg, "DBP", _pressure),
        ("t-hr", latest.heart_rate_bpm, "HR", _pressure),
    ]
    placed, last = [], float("-inf")
    for style, value, name, to_y in sorted((r for r in rows if r[1]), key=lambda row: -float(row[1] or 0)):
        y = max(to_y(float(value or 0)) + 5, last + 19)
        last = y
        placed.append((style, _n(y), f"{name} {value}"))
    if latest.temperature_c is not None:
        placed.append(("t-temp", _n(_temperature(float(latest.temperature_c)) + 5), f"Temp {latest.temperature_c} °C"))
    return placed


def _pressure(value: float) -> float:
    return BOTTOM - (min(max(value, LOW), HIGH) - LOW) / (HIGH - LOW) * (BOTTOM - TOP)


def _temperature(value: float) -> float:
    return STRIP_BOTTOM - (min(max(value, COOL), HOT) - COOL) / (HOT - COOL) * (STRIP_BOTTOM - STRIP_TOP)


def _n(value: float) -> str:
    return f"{value:.1f}"
