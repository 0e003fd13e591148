"""Participants by visits: one shape for each cell, and the days where they matter."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.utils.html import escape
from django.utils.safestring import SafeString

from core.prepared import prepared, several
from core.templatetags.vigil import icon, state_colour
from patients.models import Participant, Visit, VisitState
from protocol.definition import ProtocolDefinition
from protocol.schedule import window_state

SHAPES = {"overdue": "overdue", "closing": "closing", "open": "due", "not_due": "notdue"}
WORDS = {"overdue": "overdue", "closing": "closing", "open": "window open", "not_due": "not due"}
DONE: dict[str, tuple[str, str]] = {
    VisitState.DONE: ("complete", "complete"),
    VisitState.STARTED: ("started", "started"),
    VisitState.MISSED: ("missed", "missed"),
    VisitState.CANCELLED: ("notdone", "cancelled"),
}


@dataclass(frozen=True)
class Column:
    """One visit of the protocol as a column."""

    code: str
    short: str
    name: str
    dosing: bool
    begins_epoch: bool

    @property
    def kinds(self) -> str:
        """Returns the classes of its cells."""
        return f"{'dose' if self.dosing else ''}{' e' if self.begins_epoch else ''}"


class Person(NamedTuple):
    """Whose row it is."""

    pk: int
    public_id: str
    code: str
    zone: str


class Place(NamedTuple):
    """What the matrix reads of one visit; as an object of the room it would cost more than to draw it."""

    participant_id: int
    code: str
    public_id: str
    name: str
    state: str
    earliest_on: date | None
    target_on: date | None
    latest_on: date | None
    started_at: datetime | None


@dataclass(frozen=True)
class Matrix:
    """The rows, each with its cells drawn, and how many windows are past and closing on the page."""

    rows: list[tuple[Person, SafeString]]
    overdue: int
    closing: int


def columns_of(definition: ProtocolDefinition) -> tuple[Column, ...]:
    """Returns the protocol's visits as columns; contacts have a place of their own on the timeline."""
    columns, epoch = [], ""
    for visit in definition.visits:
        columns.append(Column(visit.code, visit.short, visit.name, visit.type == "dosing", visit.epoch != epoch))
        epoch = visit.epoch
    return tuple(columns)


def epochs_of(definition: ProtocolDefinition) -> list[tuple[str, str, int]]:
    """Returns the epochs above the columns: short name, name, and how many columns each spans."""
    names = {epoch.code: (epoch.short, epoch.name) for epoch in definition.epochs}
    spans: dict[str, int] = {}
    for visit in definition.visits:
        spans[visit.epoch] = spans.get(visit.epoch, 0) + 1
    return [(*names.get(code, (code, code)), span) for code, span in spans.items()]


def people_of(participants: QuerySet[Participant]) -> QuerySet[Any]:
    """Returns participants as the matrix names them; each row becomes a `Person`."""
    return participants.values_list("pk", "public_id", "screening_number", "site__zone")


def matrix_of(people: Sequence[Person], definition: ProtocolDefinition, *, at: datetime, address: str) -> Matrix:
    """Returns a row for each participant with a cell for each column, in one statement.

    A cell leads to the page's address with its visit. Cells are drawn here and not in the template: a page has more
    than a thousand of them, and the template language took five sixths of the page's time.
    """
    columns, closing_days = columns_of(definition), definition.lateness.window_closing_days
    pen, by_place = _Pen(address), _visits_of(people)
    rows, shapes = [], Counter[str]()
    for person in people:
        zone, code = ZoneInfo(person.zone), escape(person.code)
        today = at.astimezone(zone).date()
        cells = []
        for column in columns:
            place = by_place.get((person.pk, column.code))
            if place is None:
                cells.append(pen.empty(column))
                continue
            shape, words, days = _standing(place, today=today, zone=zone, closing_days=closing_days)
            shapes[shape] += 1
            cells.append(pen.draw(column, code, place, shape=shape, words=words, days=days))
        rows.append((person, SafeString("".join(cells))))
    return Matrix(rows, overdue=shapes["overdue"], closing=shapes["closing"])


@prepared
def _places(ids: Any) -> QuerySet[Visit, Any]:
    return Visit.objects.filter(participant_id__in=ids).exclude(kind="phone").values_list(*Place._fields)


def _visits_of(people: Sequence[Person]) -> dict[tuple[int, str], Place]:
    rows = _places(ids=several(person.pk for person in people))
    return {(row[0], row[1]): Place._make(row) for row in rows}


def _standing(place: Place, *, today: date, zone: ZoneInfo, closing_days: int) -> tuple[str, str, str]:
    """Returns the shape of a visit, its words, and the days off target or until the window closes."""
    done = DONE.get(place.state)
    if done is not None:
        if place.started_at is None or place.target_on is None:
            return *done, ""
        days = (place.started_at.astimezone(zone).date() - place.target_on).days
        return *done, f"{days:+d}" if days else ""
    state = window_state(
        earliest_on=place.earliest_on, latest_on=place.latest_on, today=today, closing_days=closing_days
    )
    left = str((place.latest_on - today).days) if place.latest_on and state != "not_due" else ""
    return SHAPES[state], WORDS[state], left


class _Pen:
    """Draws the cells of one page; what many of them have in common is written once."""

    def __init__(self, address: str) -> None:
        self._address = escape(address)
        self._openings: dict[tuple[str, str], str] = {}
        self._words: dict[tuple[str, str], str] = {}

    def empty(self, column: Column) -> str:
        """Returns a cell without a visit."""
        return f'<td role="gridcell" class="{column.kinds}"></td>'

    def draw(self, column: Column, code: str, place: Place, *, shape: str, words: str, days: str) -> str:
        """Returns a cell with a link that adds its visit to the page's address."""
        opening = self._openings.get((column.code, shape))
        if opening is None:
            opening = self._openings[column.code, shape] = (
                f'<td role="gridcell" class="{column.kinds}"><a class="cell {state_colour(shape)}" data-cell'
                f' tabindex="-1" href="{self._address}&amp;visit='
            )
        label = self._words.get((place.name, words))
        if label is None:
            label = self._words[place.name, words] = escape(f", {place.name}, {words}")
        counted, shown = (f", {days} days", f'<span class="w">{days}</span>') if days else ("", "")
        return (
            f'{opening}{place.public_id}" hx-boost="true" aria-label="{code}{label}{counted}">'
            f"{icon(shape)}{shown}</a></td>"
        )
