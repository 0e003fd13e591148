"""The listing of events: filtered and ordered by the one line that the database keeps of each, read in pages by key."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import IO, Any, NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import IntegerField, Q, QuerySet, Subquery

from core.models import Person
from core.prepared import prepared
from core.spreadsheets import harmless
from patients.queries import excluded_from_exports
from safety.models import EventLine, SavedListing

# More than so many are not counted: nobody reads that far, and counting them would cost more than the page.
COUNTED = 500
ROWS_AT_ONCE = 2000
ANY_GROUP, NO_GROUP = "any", "none"
ORDERS: dict[str, tuple[str, str]] = {
    "newest": ("-aware_at", "Newest first"),
    "oldest": ("aware_at", "Oldest first"),
    "started": ("-started_on", "By start"),
    "term": ("term", "By term"),
    "participant": ("participant_code", "By participant"),
}
STATES: dict[str, Q] = {
    "open": Q(causality="", nullified=False),
    "ongoing": Q(ongoing=True, nullified=False),
    "ended": Q(ongoing=False, nullified=False),
    "nullified": Q(nullified=True),
}
COLUMNS = (
    "site", "participant", "event", "term", "started_on", "ended_on", "ongoing", "severity", "serious",
    "relation_investigator", "relation_sponsor", "expectedness", "group_of_special_interest", "abuse_related",
    "outcome", "site_aware_at", "nullified",
)  # fmt: skip


@dataclass(frozen=True)
class Wanted:
    """What a listing shows; an empty part filters nothing."""

    site: str = ""
    participant: str = ""
    term: str = ""
    severity: str = ""
    serious: str = ""
    relation: str = ""
    group: str = ""
    state: str = ""
    from_on: date | None = None
    to_on: date | None = None
    order: str = "newest"


class Row(NamedTuple):
    """What the listing shows of an event; a page of objects of three tables took twice as long to read."""

    pk: int
    event_id: int
    event__public_id: str
    event__number: int
    participant_code: str
    aware_at: datetime
    term: str
    started_on: str
    ongoing: bool
    severity: str
    serious: bool
    causality: str
    nullified: bool


@dataclass(frozen=True)
class ListingPage:
    """One page of rows, with the keys at which the next and the previous page begin."""

    lines: list[Row]
    next_key: str
    previous_key: str


class _Capped(Subquery):
    """Counts the rows of a query, and stops where nobody reads on."""

    template = "(SELECT count(*) FROM (%(subquery)s) AS counted)"
    output_field = IntegerField()


def filtered(lines: QuerySet[EventLine], wanted: Wanted, *, zone: str) -> QuerySet[EventLine]:
    """Returns the lines that are wanted; the days of a period are those of `zone`."""
    exact = {"site__code": wanted.site, "severity": wanted.severity}
    found = lines.filter(**{name: value for name, value in exact.items() if value})
    if wanted.participant:
        found = found.filter(participant_code__istartswith=wanted.participant)
    if wanted.term:
        found = found.filter(term__icontains=wanted.term)
    if wanted.serious:
        found = found.filter(serious=wanted.serious == "yes")
    if wanted.relation:
        found = found.filter(Q(causality=wanted.relation) | Q(sponsor_causality=wanted.relation))
    if wanted.group == ANY_GROUP:
        found = found.filter(~Q(event_group=NO_GROUP))
    elif wanted.group:
        found = found.filter(event_group=wanted.group)
    if wanted.state:
        found = found.filter(STATES[wanted.state])
    if wanted.from_on:
        found = found.filter(aware_at__gte=_midnight(wanted.from_on, zone))
    if wanted.to_on:
        found = found.filter(aware_at__lt=_midnight(wanted.to_on + timedelta(days=1), zone))
    return found


def page_of(lines: QuerySet[EventLine], *, order: str, after: str = "", before: str = "", size: int) -> ListingPage:
    """Returns a page by key, in one statement however far down it lies; a key that is none begins at the top."""
    column = ORDERS[order][0]
    name, descends = column.removeprefix("-"), column.startswith("-")
    backwards = bool(before) and not after
    key = _parsed(after or before, name)
    found = lines
    if key is not None:
        found = found.filter(_beyond(name, key, smaller=descends != backwards))
    sign = "-" if descends != backwards else ""
    ordered = found.order_by(f"{sign}{name}", f"{sign}event_id").values_list(*Row._fields)
    rows = [Row._make(row) for row in ordered[: size + 1]]
    more, rows = len(rows) > size, rows[:size]
    if backwards:
        rows.reverse()
    has_next, has_previous = (True, more) if backwards and key else (more, key is not None)
    return ListingPage(
        rows,
        _key(rows[-1], name) if rows and has_next else "",
        _key(rows[0], name) if rows and has_previous else "",
    )


def counts_of(lines: QuerySet[EventLine]) -> dict[str, int]:
    """Returns how many lines there are, are serious and wait for a judgement, counted so far as anybody reads."""
    parts = {"matching": lines, "serious": lines.filter(serious=True), "unjudged": lines.filter(STATES["open"])}
    counts = {name: _Capped(part.order_by().values("pk")[: COUNTED + 1]) for name, part in parts.items()}
    # Any one row carries the three numbers: they depend on nothing of it.
    found = Person.objects.order_by("pk").annotate(**counts).values(*counts).first()
    return found or dict.fromkeys(counts, 0)


@prepared
def saved_listings(person_id: Any) -> QuerySet[SavedListing]:
    """Returns the listings that a person keeps, by name."""
    return SavedListing.objects.filter(person_id=person_id, removed_at__isnull=True).order_by("name")


def write_listing(lines: QuerySet[EventLine], file: IO[str]) -> int:
    """Writes lines as CSV in the order of their keys and returns how many; whose data may not leave is left out."""
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    number, found = 0, lines.exclude(participant_id__in=excluded_from_exports())
    for line in _in_batches(found.select_related("site", "event")):
        writer.writerow(_cells(line))
        number += 1
    return number


def _in_batches(lines: QuerySet[EventLine]) -> Iterator[EventLine]:
    last = 0
    while batch := list(lines.filter(event_id__gt=last).order_by("event_id")[:ROWS_AT_ONCE]):
        yield from batch
        last = batch[-1].event_id


def _cells(line: EventLine) -> list[str]:
    texts = (
        line.site.code, line.participant_code, line.event.number, line.term, line.started_on, line.ended_on,
        line.ongoing, line.severity, line.serious, line.causality, line.sponsor_causality, line.expectedness,
        line.event_group, line.abuse_related, line.outcome, line.aware_at.isoformat(), line.nullified,
    )  # fmt: skip
    return [str(value).lower() if isinstance(value, bool) else harmless(str(value)) for value in texts]


def _beyond(name: str, key: tuple[Any, int], *, smaller: bool) -> Q:
    step = "lt" if smaller else "gt"
    # The first condition is implied by the second; it is what an index can begin with.
    return Q(**{f"{name}__{step}e": key[0]}) & (
        Q(**{f"{name}__{step}": key[0]}) | Q(**{name: key[0], f"event_id__{step}": key[1]})
    )


def _key(line: Row, name: str) -> str:
    value = getattr(line, name)
    return f"{line.event_id}~{value.isoformat() if isinstance(value, datetime) else value}"


def _parsed(key: str, name: str) -> tuple[Any, int] | None:
    number, divider, text = key.partition("~")
    if not divider or not number.isascii() or not number.isdigit() or len(number) > 18:
        return None
    if name != "aware_at":
        return text.replace("\x00", ""), int(number)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (moment, int(number)) if moment.tzinfo else None


def _midnight(day: date, zone: str) -> datetime:
    return datetime.combine(day, time(), tzinfo=ZoneInfo(zone))
