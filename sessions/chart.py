"""The chart of a session in the anaesthesia idiom: one time axis, pressure as bars, edges from the version's limits.

Everything is a number of the drawing; the template only places it. After the present moment the chart is empty.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from math import ceil
from zoneinfo import ZoneInfo

from protocol.definition import ProtocolDefinition
from protocol.dosing import SupplementalTimes, minutes_between
from protocol.expressions import Value
from protocol.vital_signs import ACT, DuePoint, due_points, limit_lines
from sessions.models import DistressRating, DoseRecord, ObservedEffect, VitalSigns

LEFT, RIGHT = 56, 597
# Minutes of the axis before the first set that is asked for, and after the last one.
BEFORE, AFTER = 12, 30
TOP, BOTTOM = 56, 372
LOW, HIGH = 40, 235
STRIP_TOP, STRIP_BOTTOM = 440, 506
COOL, HOT = 36.0, 40.5
PRESSURE = ("sbp", "dbp", "hr")
WORDS = {"sbp": "SBP", "dbp": "DBP", "hr": "HR", "temp_c": "Temp"}
FLAG, NEXT_LABEL, NEXT_SCORE = 20, 15, 15
# From here on the words of the latest set stand before it, where there is still room.
TURN = 480
# More hours than these under the axis would lie over each other: a session that nobody closed goes on for days.
MOST_HOURS = 16


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
    """A flag on the time axis: a dose, or the numbers of what was observed."""

    x: str
    label: str
    width: int = 19


@dataclass(frozen=True)
class Bracket:
    """The time in which the supplemental dose may be given."""

    left: str
    right: str
    label: str


@dataclass(frozen=True)
class Chart:
    """The whole drawing."""

    bars: tuple[Bar, ...]
    pulse_line: str
    temperature_line: str
    edges: tuple[Edge, ...]
    temperature_edges: tuple[Edge, ...]
    hatch_height: str
    doses: tuple[Flag, ...]
    window: Bracket | None
    effects: tuple[Flag, ...]
    scores: tuple[Flag, ...]
    due: tuple[tuple[str, str], ...]
    further_sets: tuple[str, ...]
    hours: tuple[tuple[str, str, str], ...]
    scale: tuple[tuple[str, str], ...]
    temperature_scale: tuple[tuple[str, str], ...]
    now_x: str
    now_label: str
    future_width: str
    latest: VitalSigns | None
    latest_x: str
    latest_side: str
    latest_words: str
    latest_y: str
    labels: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class Drawn:
    """What the chart shows of a session: its entries of four kinds, each in order of observation."""

    sets: Sequence[VitalSigns]
    doses: Sequence[DoseRecord]
    effects: Sequence[ObservedEffect]
    ratings: Sequence[DistressRating] = ()


def draw(
    definition: ProtocolDefinition,
    *,
    start: datetime,
    dosed: bool,
    drawn: Drawn,
    baselines: dict[str, Value],
    window: SupplementalTimes | None,
    at: datetime,
    clock: "Clock",
) -> Chart:
    """Returns the chart of a session whose minute 0 is `start`: the initial dose, or now before it.

    `window` is that of the supplemental dose, while it is not decided.
    """
    place = _Place(definition, start, at=at, highest=max((row.systolic_mmhg or 0 for row in drawn.sets), default=0))
    now_x = min(max(place.x(at), LEFT), RIGHT)
    taken = [row.observed_at for row in drawn.sets]
    points = due_points(definition, initial_at=start, taken_at=taken) if dosed else ()
    bars = tuple(place.bar(row) for row in drawn.sets)
    latest = drawn.sets[-1] if drawn.sets else None
    known = {name: value for name, value in baselines.items() if isinstance(value, Decimal)}
    edges = tuple(_edges(definition, PRESSURE, known, place))
    labels = tuple(_labels(latest, place)) if latest else ()
    turned = now_x > TURN
    return Chart(
        bars=bars,
        pulse_line=" ".join(f"{bar.x},{bar.pulse}" for bar in bars if bar.pulse),
        temperature_line=" ".join(f"{bar.x},{bar.temperature}" for bar in bars if bar.temperature),
        edges=edges,
        temperature_edges=tuple(_edges(definition, ("temp_c",), known, place)),
        hatch_height=_n(max((_highest_act(definition, place) or TOP) - TOP, 0)),
        doses=tuple(
            Flag(_n(place.x(dose.observed_at)), f"{definition.dose_labels[dose.kind].flag} {clock(dose.observed_at)}")
            for dose in drawn.doses
            if dose.decision == "given"
        ),
        window=_bracket(window, place, definition, clock) if window else None,
        effects=tuple(_clusters([place.x(effect.observed_at) for effect in drawn.effects])),
        scores=tuple(_scores(drawn.ratings, place)),
        due=tuple((_n(place.x(point.due_at)), point.state_at(at)) for point in points),
        further_sets=tuple(_further(points, taken, place)),
        hours=tuple(_hours(place, clock)),
        scale=tuple((_n(place.pressure(value)), str(value)) for value in range(40, place.high + 1, 40)),
        temperature_scale=tuple((_n(_temperature(value)), str(value)) for value in (36, 38, 40)),
        now_x=_n(now_x),
        now_label=clock(at),
        future_width=_n(max(RIGHT - now_x, 0)),
        latest=latest,
        latest_x=_n(now_x + (-9 if turned else 9)),
        latest_side="end" if turned else "",
        latest_words=_age(latest, at, clock) if latest else "",
        latest_y=_n(max((float(y) for style, y, _ in labels if style == "t-sbp"), default=0) + 18),
        labels=labels,
    )


class Clock:
    """Shows moments as the clock of the site does."""

    def __init__(self, zone: str) -> None:
        self.zone = ZoneInfo(zone)

    def __call__(self, moment: datetime) -> str:
        """Returns hours and minutes."""
        return f"{moment.astimezone(self.zone):%H:%M}"


class _Place:
    """Where a moment and a pressure lie; the axis is that of the protocol's schedule, longer if the day is."""

    def __init__(self, definition: ProtocolDefinition, start: datetime, *, at: datetime, highest: int) -> None:
        minutes = [point.minute for point in definition.vital_points] or [0]
        self.start = start
        self.first = min(minutes) - BEFORE
        self.last = max(max(minutes) + AFTER, int(minutes_between(start, at)) + AFTER // 3)
        self.high = max(HIGH, highest + 10)

    def x(self, moment: datetime) -> float:
        minute = (moment - self.start).total_seconds() / 60
        share = (minute - self.first) / (self.last - self.first)
        return min(max(LEFT + share * (RIGHT - LEFT), LEFT), RIGHT)

    def pressure(self, value: float) -> float:
        return BOTTOM - (min(max(value, LOW), self.high) - LOW) / (self.high - LOW) * (BOTTOM - TOP)

    def bar(self, row: VitalSigns) -> Bar:
        return Bar(
            _n(self.x(row.observed_at)),
            _n(self.pressure(row.systolic_mmhg)) if row.systolic_mmhg else "",
            _n(self.pressure(row.diastolic_mmhg)) if row.diastolic_mmhg else "",
            _n(self.pressure(row.heart_rate_bpm)) if row.heart_rate_bpm else "",
            _n(_temperature(float(row.temperature_c))) if row.temperature_c is not None else "",
        )


def due_points_of(
    definition: ProtocolDefinition, *, initial_at: datetime | None, sets: Sequence[VitalSigns]
) -> tuple[DuePoint, ...]:
    """Returns the scheduled sets of a session; none before the initial dose."""
    if initial_at is None:
        return ()
    return due_points(definition, initial_at=initial_at, taken_at=[row.observed_at for row in sets])


def _edges(
    definition: ProtocolDefinition, names: tuple[str, ...], baselines: dict[str, Decimal], place: _Place
) -> list[Edge]:
    grouped: dict[tuple[Decimal, str], list[str]] = {}
    for line in limit_lines(definition, baselines=baselines):
        if line.variable in names and line.variable in WORDS:
            grouped.setdefault((line.limit, line.severity), []).append(WORDS[line.variable])
    found, last = [], float("-inf")
    for (limit, severity), words in sorted(grouped.items(), key=lambda row: -row[0][0]):
        y = _temperature(float(limit)) if names == ("temp_c",) else place.pressure(float(limit))
        label_y = max(y + 4, last + NEXT_LABEL)
        last = label_y
        shown = f"{limit:.1f}" if names == ("temp_c",) else f"{limit.normalize():f}"
        kind = "edge-act" if severity == ACT else "edge-watch"
        found.append(Edge(_n(y), f"{'/'.join(dict.fromkeys(words))} {shown} {severity}", _n(label_y), kind))
    return found


def _highest_act(definition: ProtocolDefinition, place: _Place) -> float | None:
    """Returns where the systolic pressure is past the limit of acting, which is hatched."""
    limits = [line.limit for line in limit_lines(definition) if (line.variable, line.severity) == ("sbp", ACT)]
    return place.pressure(float(min(limits))) if limits else None


def _bracket(window: SupplementalTimes, place: _Place, definition: ProtocolDefinition, clock: "Clock") -> Bracket:
    words = f"Supplemental window {clock(window.opens_at)} to {clock(window.closes_at)}, protocol {definition.version}"
    return Bracket(_n(place.x(window.opens_at)), _n(place.x(window.closes_at)), words)


def _clusters(places: Iterable[float]) -> list[Flag]:
    """Returns numbered flags; what would lie over each other becomes one flag with the first and the last number."""
    groups: list[tuple[float, int, int]] = []
    for number, x in enumerate(places, start=1):
        if groups and x - groups[-1][0] < FLAG + (14 if groups[-1][2] > groups[-1][1] else 0):
            groups[-1] = (groups[-1][0], groups[-1][1], number)
        else:
            groups.append((x, number, number))
    return [
        Flag(_n(min(x, RIGHT - 36)), str(first) if first == last else f"{first}–{last}", 19 if first == last else 36)
        for x, first, last in groups
    ]


def _scores(ratings: Sequence[DistressRating], place: _Place) -> list[Flag]:
    found, last = [], float("-inf")
    # The latest of two that lie too near is the one that is read.
    for rating in sorted(ratings, key=lambda row: row.observed_at, reverse=True):
        x = place.x(rating.observed_at)
        if abs(last - x) >= NEXT_SCORE:
            found.append(Flag(_n(x), str(rating.score)))
            last = x
    return found


def _further(points: Sequence[DuePoint], taken: Sequence[datetime], place: _Place) -> list[str]:
    counted = {point.taken_at for point in points}
    return [_n(place.x(moment)) for moment in taken if moment not in counted]


def _hours(place: _Place, clock: Clock) -> list[tuple[str, str, str]]:
    hours = place.last // 60 + 1
    moments = [(hour, place.start + timedelta(hours=hour)) for hour in range(0, hours, ceil(hours / MOST_HOURS))]
    return [(_n(place.x(moment)), f"{hour}:00", clock(moment)) for hour, moment in moments]


def _labels(latest: VitalSigns, place: _Place) -> list[tuple[str, str, str]]:
    rows = [
        ("t-sbp", latest.systolic_mmhg, "SBP"),
        ("t-dbp", latest.diastolic_mmhg, "DBP"),
        ("t-hr", latest.heart_rate_bpm, "HR"),
    ]
    placed: list[tuple[str, str, str]] = []
    last = float("-inf")
    for style, value, name in sorted((r for r in rows if r[1]), key=lambda row: -float(row[1] or 0)):
        # Under the systolic value stands when it was taken.
        y = max(place.pressure(float(value or 0)) + 5, last + (38 if placed and placed[-1][0] == "t-sbp" else 19))
        last = y
        placed.append((style, _n(y), f"{name} {value}"))
    if latest.temperature_c is not None:
        y = min(_temperature(float(latest.temperature_c)) + 5, STRIP_BOTTOM - 3)
        placed.append(("t-temp", _n(y), f"Temp {latest.temperature_c} °C"))
    return placed


def _age(latest: VitalSigns, at: datetime, clock: Clock) -> str:
    minutes = max(int((at - latest.observed_at).total_seconds() // 60), 0)
    shown = f"{minutes} min ago" if minutes < 90 else f"{minutes // 60} h {minutes % 60:02d} min ago"
    return f"{clock(latest.observed_at)}, {shown}"


def _temperature(value: float) -> float:
    return STRIP_BOTTOM - (min(max(value, COOL), HOT) - COOL) / (HOT - COOL) * (STRIP_BOTTOM - STRIP_TOP)


def _n(value: float) -> str:
    return f"{value:.1f}"
