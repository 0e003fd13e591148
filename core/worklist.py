"""One line of somebody's worklist; every room offers its own, or asks for the rows that it makes them of."""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from types import SimpleNamespace
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import QuerySet

from core.permissions import Viewer
from core.questions import Posed, Question, write

NOW, WEEK, WAITING = "now", "week", "waiting"
# Nobody does more of a band before looking again.
BEGIN_WITH = 40


@dataclass(frozen=True)
class Window:
    """The window of a visit as it is drawn: earliest, target, latest, and the booked day."""

    earliest_on: date
    target_on: date
    latest_on: date
    booked_on: date | None = None


class WorklistItem(NamedTuple):
    """What must be done next, by whom, until when, and what happens otherwise.

    `state` is a status shape of the design (due, closing, overdue, started, signed, query); `weight` sorts by
    consequence, the heaviest first.
    """

    band: str
    state: str
    state_label: str
    subject: str
    task: str
    url: str
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
    one in `_on` as a date. `most` leaves out what comes after so many rows. Where all lines are of one band and weight
    and the rows come in the order of their lines, `band` names it: then no more rows are read than a band begins with,
    and the others are counted.
    """

    found: Posed | QuerySet[Any]
    reads: Mapping[str, str]
    lines: Callable[[list[Any]], Iterable[WorklistItem]]
    most: int | None = None
    band: str = ""


def asked(
    question: Question,
    viewer: Viewer,
    at: datetime,
    lines: Callable[[list[Any]], Iterable[WorklistItem]],
    *,
    band: str = "",
) -> Ask:
    """Returns a question as this viewer puts it now, with what makes lines of its rows."""
    return Ask(question(viewer, at), {}, lines, band=band)


Offered = WorklistItem | Ask


@dataclass(frozen=True)
class Lines:
    """The lines that rooms offer, and by band how many more there are that were counted only."""

    read: list[WorklistItem]
    counted: Mapping[str, int]


def lines_of(offered: Iterable[Offered]) -> list[WorklistItem]:
    """Returns every line that rooms offer, after reading whatever they ask in one statement."""
    return read_lines(offered, begin_with=None).read


def read_lines(offered: Iterable[Offered], *, begin_with: int | None) -> Lines:
    """Returns what rooms offer; of what can be counted no more lines than a band begins with, or all of them."""
    lines: list[WorklistItem] = []
    asks: list[Ask] = []
    for each in offered:
        if isinstance(each, Ask):
            asks.append(each)
        else:
            lines.append(each)
    counted: Counter[str] = Counter()
    lines += _answered(asks, begin_with, counted)
    return Lines(lines, counted)


def _answered(asks: list[Ask], begin_with: int | None, counted: Counter[str]) -> Iterator[WorklistItem]:
    if not asks:
        return
    rows: dict[int, list[Any]] = {}
    there_are: dict[int, int] = {}
    for place, number, row in _all_rows(asks, begin_with):
        there_are[place] = number
        rows.setdefault(place, []).append(
            SimpleNamespace(**{name: _value(name, v) for name, v in json.loads(row).items()})
        )
    for place, ask in enumerate(asks):
        found = rows.get(place, [])
        if ask.band:
            counted[ask.band] += max(there_are.get(place, 0) - len(found), 0)
        yield from ask.lines(found)


def _all_rows(asks: list[Ask], begin_with: int | None) -> list[tuple[int, int, str]]:
    """Returns the place of each ask, how many rows it has, and each row, in one statement."""
    parts: list[str] = []
    values: list[Any] = []
    for place, ask in enumerate(asks):
        limit = begin_with if ask.band else None
        if isinstance(ask.found, Posed):
            sql, params = ask.found.written(begin_with=limit)
        else:
            sql, params = write(ask.found, ask.reads, most=ask.most, begin_with=limit)
        parts.append(f"(SELECT {place}, asked.* FROM ({sql}) AS asked)")
        values += params
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), values)
        found: list[tuple[int, int, str]] = cursor.fetchall()
    return found


def _value(name: str, value: Any) -> Any:
    if value is None:
        return None
    if name.endswith("_at"):
        return datetime.fromisoformat(value)
    return date.fromisoformat(value) if name.endswith("_on") else value
