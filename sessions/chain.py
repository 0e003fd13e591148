"""New slots for everything that hangs on a dosing session that moves: proposed in one look, nothing is written.

A slot keeps the hour of the visit and whoever and whatever was held for it. It lies in the visit's window as it will
be, on a day on which all of them are there and free; days on which nobody of the house works come last.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from core.clock import local_date
from patients.actions import planned_schedule
from patients.queries import actual_dates, definition_for
from protocol.booking import BookingRules
from protocol.schedule import PlannedVisit
from sessions import calendar
from sessions.models import Booking
from sessions.queries import span_in_words

if TYPE_CHECKING:
    from patients.models import Visit

UPCOMING, PHONE = ("planned", "booked"), "phone"


@dataclass(frozen=True)
class ChainLine:
    """A visit of the chain: where it stood, its window after the move, the slots offered, and the one that is taken.

    Without one taken the visit stays as it is. `obstacle` says why there is no slot.
    """

    visit: "Visit"
    earliest_on: date
    latest_on: date
    slots: tuple[datetime, ...]
    chosen: datetime | None
    held: tuple[Booking, ...]
    obstacle: str = ""

    @property
    def field(self) -> str:
        """Returns the name under which the page sends the choice."""
        return f"slot_{self.visit.public_id}"


@dataclass(frozen=True)
class Chain:
    """What moving a dosing session needs: its own obstacles, and a line for each visit in person that follows it."""

    visit: "Visit"
    starts_at: datetime
    held: tuple[Booking, ...]
    obstacles: tuple[str, ...]
    lines: tuple[ChainLine, ...]


def propose_chain(visit: "Visit", *, starts_at: datetime, chosen: Mapping[str, datetime | None] | None = None) -> Chain:
    """Returns the chain of a session moved to a time; `chosen` are the slots taken so far, by the visit's code.

    Where nothing was chosen yet, a visit that had a time takes the first slot, and one that had none stays without.
    """
    participant = visit.participant
    upcoming = participant.visits.filter(state__in=UPCOMING).exclude(kind=PHONE).select_related("site")
    visits = {each.code: each for each in upcoming.order_by("order", "id")}
    held = _held(visits.values())
    finder = _Finder(definition_for(participant).booking, visit.site.zone, held)
    obstacles = finder.obstacles(visit, starts_at)
    days = _days_beside(visit, visits.values()) | {visit.code: local_date(starts_at, zone=visit.site.zone)}
    actual = actual_dates(participant)
    before = planned_schedule(participant, actual)
    lines = []
    for each in _followers(visit, visits, before):
        planned = planned_schedule(participant, days | actual)[each.code]
        line = finder.line(each, planned, after=starts_at, chosen=chosen)
        if line is None:
            continue
        lines.append(line)
        if line.chosen is not None:
            days[each.code] = local_date(line.chosen, zone=visit.site.zone)
            finder.take(line)
    return Chain(visit, starts_at, tuple(held.get(visit.pk, ())), obstacles, tuple(lines))


def _held(visits: Iterable["Visit"]) -> dict[int, list[Booking]]:
    found: dict[int, list[Booking]] = {}
    rows = Booking.objects.filter(visit__in=list(visits), released_at__isnull=True).select_related("room", "person")
    for row in rows.order_by("id"):
        found.setdefault(row.visit_id, []).append(row)
    return found


def _days_beside(visit: "Visit", visits: Iterable["Visit"]) -> dict[str, date]:
    """Returns the booked days of what comes before the moved visit; what follows is placed anew."""
    zone = visit.site.zone
    return {
        each.code: local_date(each.booked_at, zone=zone)
        for each in visits
        if each.booked_at is not None and each.order < visit.order
    }


def _followers(visit: "Visit", visits: Mapping[str, "Visit"], planned: Mapping[str, PlannedVisit]) -> Iterable["Visit"]:
    """Yields the visits whose windows count from the moved one, also over others, in the order of the protocol."""
    chain = {visit.code}
    for line in sorted(planned.values(), key=lambda line: (line.order, line.code)):
        if line.anchor in chain or (line.anchor == "LAST_DOSE" and line.order > visit.order):
            chain.add(line.code)
            if line.code in visits:
                yield visits[line.code]


@dataclass
class _Finder:
    """Finds days on which everything that is held for a visit is free."""

    rules: BookingRules
    zone: str
    held: Mapping[int, list[Booking]]
    taken: list[tuple[Booking, datetime, datetime]] = field(default_factory=list)

    def __post_init__(self) -> None:
        rows = [row for rows in self.held.values() for row in rows]
        rooms, people = {row.room_id for row in rows} - {None}, {row.person_id for row in rows} - {None}
        others = Booking.objects.filter(released_at__isnull=True).exclude(visit__in=list(self.held))
        self._others = [
            *others.filter(room__in=rooms).select_related("room"),
            *others.filter(person__in=people).select_related("person"),
        ]
        self._away = list(calendar.absences(on=date.min, until=date.max).filter(person__in=people))
        self._named = calendar.working_days(row.person for row in rows if row.person is not None) if people else {}

    def obstacles(self, visit: "Visit", starts_at: datetime) -> tuple[str, ...]:
        """Returns in sentences what of a visit's room and people is not free at a new time."""
        return tuple(
            sentence
            for row, begins, ends in self._moved(visit, starts_at)
            if (sentence := self._obstacle(row, begins, ends))
        )

    def line(
        self,
        visit: "Visit",
        planned: PlannedVisit,
        *,
        after: datetime,
        chosen: Mapping[str, datetime | None] | None,
    ) -> ChainLine | None:
        """Returns a visit with its slots, or None where its window has no days."""
        if planned.earliest_on is None or planned.latest_on is None or planned.target_on is None:
            return None
        slots = self._slots(visit, planned, after=after)
        first = slots[0] if slots and visit.booked_at is not None else None
        taken = (chosen or {}).get(visit.code, first)
        return ChainLine(
            visit, planned.earliest_on, planned.latest_on, slots, taken if taken in slots else None,
            tuple(self.held.get(visit.pk, ())), "" if slots else self._why_not(visit, planned),
        )  # fmt: skip

    def take(self, line: ChainLine) -> None:
        """Counts what a chosen slot holds as taken for the visits after it."""
        assert line.chosen is not None
        self.taken.extend(self._moved(line.visit, line.chosen))

    def _slots(self, visit: "Visit", planned: PlannedVisit, *, after: datetime) -> tuple[datetime, ...]:
        assert planned.earliest_on is not None and planned.latest_on is not None and planned.target_on is not None
        target, hour = planned.target_on, self._hour(visit)
        days = range(planned.earliest_on.toordinal(), planned.latest_on.toordinal() + 1)
        moments = [datetime.combine(date.fromordinal(day), hour, tzinfo=ZoneInfo(self.zone)) for day in days]
        free = [moment for moment in moments if moment > after and not self._in_the_way(visit, moment)]
        near = sorted(
            free,
            key=lambda moment: (
                not self._all_work(visit, moment), moment != visit.booked_at, abs((moment.date() - target).days), moment
            ),
        )  # fmt: skip
        return tuple(near[: self.rules.slots])

    def _hour(self, visit: "Visit") -> time:
        if visit.booked_at is None:
            return time(self.rules.first_hour)
        return visit.booked_at.astimezone(ZoneInfo(self.zone)).time().replace(second=0, microsecond=0)

    def _moved(self, visit: "Visit", starts_at: datetime) -> list[tuple[Booking, datetime, datetime]]:
        rows = self.held.get(visit.pk, ())
        return [(row, *moved_span(row, visit=visit, starts_at=starts_at)) for row in rows]

    def _in_the_way(self, visit: "Visit", starts_at: datetime) -> bool:
        return any(self._obstacle(row, begins, ends) for row, begins, ends in self._moved(visit, starts_at))

    def _all_work(self, visit: "Visit", moment: datetime) -> bool:
        people = [row.person for row in self.held.get(visit.pk, ()) if row.person is not None]
        works = (
            calendar.works_at(person, moment, named=self._named.get(person.pk, {}), rules=self.rules, zone=self.zone)
            for person in people
        )
        return all(works) if people else self.rules.works_at(moment, zone=self.zone)

    def _obstacle(self, row: Booking, begins: datetime, ends: datetime) -> str:
        name = row.room.name if row.room is not None else row.person.display_name if row.person else ""
        first, last = local_date(begins, zone=self.zone), local_date(ends, zone=self.zone)
        for absence in self._away:
            if absence.person_id == row.person_id and absence.starts_on <= last and absence.ends_on >= first:
                return f"{name} is away on that day."
        spans = [(each, each.starts_at, each.ends_at) for each in self._others] + self.taken
        for other, starts, until in spans:
            same = (other.room_id, other.person_id) == (row.room_id, row.person_id)
            if same and starts < ends and until > begins:
                return f"{name} is booked {span_in_words(starts, until, zone=self.zone)}."
        return ""

    def _why_not(self, visit: "Visit", planned: PlannedVisit) -> str:
        assert planned.target_on is not None
        moment = datetime.combine(planned.target_on, self._hour(visit), tzinfo=ZoneInfo(self.zone))
        said = next(iter(self.obstacles(visit, moment)), "")
        return said or "No day of the window is left after the session."


def moved_span(row: Booking, *, visit: "Visit", starts_at: datetime) -> tuple[datetime, datetime]:
    """Returns from when to when something is held when its visit moves: as far from it as before, by the clock."""
    if visit.booked_at is None:
        return row.starts_at, row.ends_at
    shift: timedelta = starts_at - visit.booked_at
    return row.starts_at + shift, row.ends_at + shift
