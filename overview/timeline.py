"""The participant's course as a drawing: lanes, windows, targets, what took place, and the line of today."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from core.clock import local_date
from patients.models import Visit, VisitState
from protocol.schedule import MoveLine

LEFT, TOP, LANE = 106, 46, 44
WIDE, BESIDE_A_DIALOG = 1100, 690
LANES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Preparation", ("screening", "preparatory")),
    ("Dosing", ("dosing",)),
    ("Integration", ("integration",)),
    ("Assessor", ("assessment",)),
    ("Calls", ("phone",)),
    ("Follow-up", ("follow_up",)),
)
OPEN = (VisitState.PLANNED, VisitState.BOOKED)
AROUND_TODAY = (timedelta(days=56), timedelta(days=70))


@dataclass(frozen=True)
class Mark:
    """One visit in its lane, in units of the drawing."""

    label: str
    kind: str
    x: str
    y: int
    window_x: str = ""
    window_width: str = ""
    is_open: bool = False


@dataclass(frozen=True)
class Lane:
    """One lane with its marks."""

    name: str
    y: int
    marks: tuple[Mark, ...]


@dataclass(frozen=True)
class Drawing:
    """The whole drawing."""

    width: int
    height: int
    first: date
    last: date
    lanes: tuple[Lane, ...]
    months: tuple[tuple[str, str], ...]
    weeks: tuple[tuple[str, str], ...]
    dosing: tuple[str, ...]
    today_x: str | None
    today: date


class Scale:
    """Turns days into places."""

    def __init__(self, first: date, last: date, width: int) -> None:
        self.first, self.last, self.width = first, last, width
        self.per_day = (width - LEFT - 30) / max((last - first).days, 1)

    def x(self, day: date) -> float:
        """Returns the place of a day."""
        return LEFT + (day - self.first).days * self.per_day

    def text(self, day: date) -> str:
        """Returns the place as a number of the drawing."""
        return f"{self.x(day):.1f}"

    def shows(self, day: date | None) -> bool:
        """Returns whether a day lies in the drawing."""
        return day is not None and self.first <= day <= self.last


def draw(visits: Sequence[Visit], *, zone: str, today: date, whole: bool, width: int = WIDE) -> Drawing:
    """Returns the drawing of the visits: around today, or the whole course."""
    first, last = _span(visits, zone=zone, today=today, whole=whole)
    scale = Scale(first, last, width)
    lanes = tuple(
        _lane(index, name, kinds, visits, scale, zone=zone, today=today) for index, (name, kinds) in enumerate(LANES)
    )
    dosing = [visit_day(visit, zone=zone) for visit in visits if visit.kind == "dosing"]
    return Drawing(
        width=width,
        height=TOP + LANE * len(LANES) + 6,
        first=first,
        last=last,
        lanes=lanes,
        months=tuple(_months(scale)),
        weeks=tuple(_weeks(scale)),
        dosing=tuple(f"{scale.x(day) - 3:.1f}" for day in dosing if day is not None and scale.shows(day)),
        today_x=scale.text(today) if scale.shows(today) else None,
        today=today,
    )


def visit_day(visit: Visit, *, zone: str) -> date | None:
    """Returns the day of a visit: when it started, is booked, or is aimed at."""
    moment = visit.started_at or visit.booked_at
    return local_date(moment, zone=zone) if moment else visit.target_on


def moved_lines(lines: Iterable[MoveLine]) -> list[tuple[str, date | None, date | None, str]]:
    """Returns the lines of a cascade for the dialog: name, target before and after, new window in words."""
    rows = []
    for line in lines:
        after = line.after
        window = ""
        if after.earliest_on and after.latest_on:
            same = after.earliest_on == after.latest_on
            window = "same day only" if same else f"{after.earliest_on:%-d %b} to {after.latest_on:%-d %b %Y}"
        rows.append((after.name, line.before.target_on, after.target_on, window))
    return rows


def _span(visits: Sequence[Visit], *, zone: str, today: date, whole: bool) -> tuple[date, date]:
    days = [day for visit in visits if (day := visit_day(visit, zone=zone)) is not None]
    if not days:
        return today - AROUND_TODAY[0], today + AROUND_TODAY[1]
    if whole:
        return min([*days, today]) - timedelta(days=7), max([*days, today]) + timedelta(days=14)
    first = max(min(days) - timedelta(days=7), today - AROUND_TODAY[0])
    return first, first + AROUND_TODAY[0] + AROUND_TODAY[1]


def _lane(
    index: int, name: str, kinds: tuple[str, ...], visits: Sequence[Visit], scale: Scale, *, zone: str, today: date
) -> Lane:
    top = TOP + index * LANE
    marks = [
        _mark(visit, top + LANE // 2 + 2, scale, zone=zone, today=today) for visit in visits if visit.kind in kinds
    ]
    return Lane(name, top, tuple(mark for mark in marks if mark is not None))


def _mark(visit: Visit, y: int, scale: Scale, *, zone: str, today: date) -> Mark | None:
    day = visit_day(visit, zone=zone)
    if day is None or not scale.shows(day):
        return None
    label = "" if visit.kind == "phone" else visit.code
    if visit.state not in OPEN:
        kind = {"done": "done", "started": "done", "missed": "missed"}.get(visit.state, "")
        return Mark(label, kind, scale.text(day), y) if kind else None
    kind = "booked" if visit.booked_at else "target"
    if visit.earliest_on is None or visit.latest_on is None:
        return Mark(label, kind, scale.text(day), y)
    left = max(scale.x(visit.earliest_on), LEFT)
    right = min(scale.x(visit.latest_on), scale.width - 10)
    is_open = visit.earliest_on <= today <= visit.latest_on
    return Mark(label, kind, scale.text(day), y, f"{left - 3:.1f}", f"{max(right - left, 0) + 6:.1f}", is_open)


def _months(scale: Scale) -> Iterable[tuple[str, str]]:
    day = scale.first.replace(day=1)
    while day <= scale.last:
        if scale.shows(day):
            yield scale.text(day), f"{day:%b %Y}" if day.month == 1 else f"{day:%b}"
        day = (day + timedelta(days=32)).replace(day=1)


def _weeks(scale: Scale) -> Iterable[tuple[str, str]]:
    step = 14 if scale.per_day > 4 else 28
    day = scale.first + timedelta(days=(7 - scale.first.weekday()) % 7)
    while day <= scale.last:
        yield scale.text(day), f"{day.day}"
        day += timedelta(days=step)
