"""One line of somebody's worklist; every room offers its own, or asks for the rows that it makes them of."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from types import SimpleNamespace
from typing import Any

from django.db.models import F, QuerySet, Value
from django.db.models.functions import JSONObject
from django.utils.functional import Promise

NOW, WEEK, WAITING = "now", "week", "waiting"


@dataclass(frozen=True)
class Window:
    """The window of a visit as it is drawn: earliest, target, latest, and the booked day."""

    earliest_on: date
    target_on: date
    latest_on: date
    booked_on: date | None = None


@dataclass(frozen=True)
class WorklistItem:
    """What must be done next, by whom, until when, and what happens otherwise.

    `state` is a status shape of the design (due, closing, overdue, started, signed, query); `weight` sorts by
    consequence, the heaviest first. Where a room offers many lines, `url` is worked out when a line is shown.
    """

    band: str
    state: str
    state_label: str
    subject: str
    task: str
    url: str | Promise
    action_label: str
    detail: str = ""
    due_at: datetime | None = None
    left: str = ""
    window: Window | None = None
    owner: str = ""
    weight: int = 0


@dataclass(frozen=True)
class Ask:
    """Rows that a room wants read, and what makes lines of them; what all rooms ask is read in one statement.

    `reads` names each value and where it stands from the queryset's model. A name that ends in `_at` is read as a time,
    one in `_on` as a date. `most` leaves out what comes after so many rows.
    """

    found: QuerySet[Any]
    reads: Mapping[str, str]
    lines: Callable[[list[Any]], Iterable[WorklistItem]]
    most: int | None = None


Offered = WorklistItem | Ask


def lines_of(offered: Iterable[Offered]) -> list[WorklistItem]:
    """Returns the lines that rooms offer, after reading whatever they ask in one statement."""
    everything = list(offered)
    asks = [each for each in everything if isinstance(each, Ask)]
    return [*(each for each in everything if isinstance(each, WorklistItem)), *_answered(asks)]


def _answered(asks: list[Ask]) -> Iterator[WorklistItem]:
    if not asks:
        return
    first, *others = [_rows_of(place, ask) for place, ask in enumerate(asks)]
    rows: dict[int, list[Any]] = {}
    for place, row in first.union(*others, all=True):
        rows.setdefault(place, []).append(SimpleNamespace(**{name: _value(name, v) for name, v in row.items()}))
    for place, ask in enumerate(asks):
        yield from ask.lines(rows.get(place, []))


def _rows_of(place: int, ask: Ask) -> QuerySet[Any]:
    row = JSONObject(**{name: F(path) for name, path in ask.reads.items()})
    return ask.found.values_list(Value(place), row)[: ask.most]


def _value(name: str, value: Any) -> Any:
    if value is None:
        return None
    if name.endswith("_at"):
        return datetime.fromisoformat(value)
    return date.fromisoformat(value) if name.endswith("_on") else value
