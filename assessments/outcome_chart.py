"""The picture of one participant's outcome: a small drawing for each instrument, all on one axis of days.

Everything is a number of the drawing; the template only places it. No mean of a group and no arm is in it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from assessments.courses import Course, Point, shown_value, signed_value
from core.clock import local_date
from protocol.definition import ProtocolDefinition
from protocol.scoring import item_range

if TYPE_CHECKING:
    from patients.models import Visit

WIDTH, HEIGHT = 560, 190
LEFT, RIGHT, TOP, BOTTOM = 44, 448, 30, 150
WEEK = 7
# Weeks between two marks of the axis, by how many weeks it spans.
STEPS = ((13, 2), (40, 4), (80, 8), (10_000, 26))
LEAST_APART = 13


@dataclass(frozen=True)
class Dot:
    """One assessment: a filled mark with its value, or an open one where the value is missing."""

    x: str
    y: str
    label: str
    missing: bool


@dataclass(frozen=True)
class Line:
    """A line of the protocol across the drawing, with the place of its words."""

    y: str
    label: str
    label_y: str


@dataclass(frozen=True)
class Panel:
    """The drawing of one instrument, with the course that stands in the table beside it."""

    course: Course
    dots: tuple[Dot, ...]
    path: str
    lines: tuple[Line, ...]
    windows: tuple[tuple[str, str], ...]
    scale: tuple[tuple[str, str], ...]
    summary: str


@dataclass(frozen=True)
class Picture:
    """All panels, with what they share: the doses and the axis of weeks since baseline."""

    panels: tuple[Panel, ...]
    doses: tuple[tuple[str, str], ...]
    weeks: tuple[tuple[str, str], ...]
    width: int = WIDTH
    height: int = HEIGHT


def picture_of(
    definition: ProtocolDefinition, courses: Iterable[Course], visits: Sequence["Visit"], *, zone: str
) -> Picture | None:
    """Returns the picture of a participant's courses, or None while no day is known."""
    shown = list(courses)
    days = [day for visit in visits for day in (visit.earliest_on, visit.latest_on, _held_on(visit, zone)) if day]
    asked = {point.visit.pk for course in shown for point in course.points}
    within = [visit for visit in visits if visit.pk in asked]
    baseline = next((visit for visit in visits if visit.code == definition.baseline_visit.code), None)
    start = (_held_on(baseline, zone) or baseline.target_on) if baseline else None
    if not days or start is None or not shown:
        return None
    axis = _Axis(start, first=min(days), last=max(_shown_until(within, zone), start + timedelta(weeks=4)))
    return Picture(
        panels=tuple(_panel(definition, course, axis) for course in shown),
        doses=tuple(_doses(definition, visits, axis, zone)),
        weeks=tuple(axis.weeks()),
    )


class _Axis:
    """Where a day lies; week 0 is the baseline."""

    def __init__(self, start: date, *, first: date, last: date) -> None:
        self.start, self.first, self.last = start, min(first, start), last

    def x(self, day: date) -> float:
        share = (day - self.first).days / max((self.last - self.first).days, 1)
        return min(max(LEFT + share * (RIGHT - LEFT), LEFT), RIGHT)

    def weeks(self) -> Iterable[tuple[str, str]]:
        span = (self.last - self.first).days // WEEK
        step = next(size for most, size in STEPS if span <= most)
        least = -((self.start - self.first).days // WEEK // step) * step
        for week in range(least, span + 1, step):
            day = self.start + timedelta(weeks=week)
            if self.first <= day <= self.last:
                yield _n(self.x(day)), str(week)


def _panel(definition: ProtocolDefinition, course: Course, axis: _Axis) -> Panel:
    low, high = _range(definition, course)
    place = _Scale(low, high)
    dots = tuple(_dot(point, axis, place) for point in course.points if point.on or point.visit.target_on)
    known = [dot for dot in dots if not dot.missing]
    return Panel(
        course=course,
        dots=dots,
        path=" ".join(f"{dot.x},{dot.y}" for dot in known),
        lines=tuple(_lines(definition, course, place)),
        windows=tuple(
            (_n(axis.x(visit.earliest_on)), _n(max(axis.x(visit.latest_on) - axis.x(visit.earliest_on), 1)))
            for visit in (point.visit for point in course.points)
            if visit.earliest_on and visit.latest_on
        ),
        scale=tuple((_n(place.y(value)), str(value)) for value in (low, (low + high) // 2, high)),
        summary=_summary(course),
    )


class _Scale:
    """Where a value lies; the instrument's lowest at the bottom."""

    def __init__(self, low: int, high: int) -> None:
        self.low, self.high = low, high

    def y(self, value: Decimal | float) -> float:
        share = (float(value) - self.low) / max(self.high - self.low, 1)
        return BOTTOM - min(max(share, 0), 1) * (BOTTOM - TOP)


def _dot(point: Point, axis: _Axis, place: _Scale) -> Dot:
    day = point.on or point.visit.target_on
    assert day is not None
    if point.value is None:
        return Dot(_n(axis.x(day)), _n(BOTTOM), "", missing=True)
    return Dot(_n(axis.x(day)), _n(place.y(point.value)), shown_value(point.value), missing=False)


def _lines(definition: ProtocolDefinition, course: Course, place: _Scale) -> list[Line]:
    """Returns the lines at which the protocol's outcomes begin, as far as the baseline is known."""
    block, found = definition.instruments[course.instrument], []
    baseline = course.baseline
    for rule in definition.outcome_rules:
        if rule.instrument == course.instrument:
            if rule.min_fall is not None and baseline is not None:
                found.append((baseline - rule.min_fall, rule.code.lower()))
            if rule.max_total is not None:
                found.append((Decimal(rule.max_total), rule.code.lower()))
    if baseline is not None and "reliable_change" in block:
        found += [(baseline - block["reliable_change"], "reliably better")]
        found += [(baseline + block["reliable_change"], "reliably worse")]
    lines, last = [], float("-inf")
    for value, words in sorted(found, reverse=True):
        if place.low <= value <= place.high:
            y = place.y(value)
            label_y = max(y + 4, last + LEAST_APART)
            last = label_y
            lines.append(Line(_n(y), f"{words} {shown_value(value)}", _n(label_y)))
    return lines


def _doses(
    definition: ProtocolDefinition, visits: Iterable["Visit"], axis: _Axis, zone: str
) -> Iterable[tuple[str, str]]:
    numbers = {visit.code: visit.dosing_session for visit in definition.dosing_visits}
    for visit in visits:
        day = _held_on(visit, zone)
        if visit.code in numbers and day:
            yield _n(axis.x(day)), f"D{numbers[visit.code]}"


def _summary(course: Course) -> str:
    latest = next((point for point in reversed(course.points) if point.value is not None), None)
    if latest is None or latest.value is None:
        return "no value yet"
    value = shown_value(latest.value)
    if latest.is_baseline or latest.change.change is None:
        return f"{course.measure} {value} at {latest.visit.code}"
    return f"{course.measure} {value} at {latest.visit.code}, {signed_value(latest.change.change)} from baseline"


def _range(definition: ProtocolDefinition, course: Course) -> tuple[int, int]:
    block = definition.instruments[course.instrument]
    limits = block.get("vas") if course.measure == "vas" else block.get("total") if course.measure == "total" else None
    low, high = limits or item_range(block) or (0, 10)
    return int(low), int(high)


def _held_on(visit: "Visit | None", zone: str) -> date | None:
    return local_date(visit.started_at, zone=zone) if visit is not None and visit.started_at else None


def _shown_until(visits: Iterable["Visit"], zone: str) -> date:
    """Returns the last day that the drawing needs: what was held or is asked next, not the end of a window of years."""
    found = [day for visit in visits for day in (_held_on(visit, zone), visit.target_on) if day]
    return max(found) + timedelta(weeks=1) if found else date.min


def _n(value: float) -> str:
    return f"{value:.1f}".rstrip("0").rstrip(".")
