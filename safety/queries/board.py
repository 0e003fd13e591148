"""The clock board: every deadline that runs, in lanes by term, and what waits without one."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet

from core.models import Membership
from core.roles import Role
from core.templatetags.vigil import duration
from protocol.definition import Clock, ProtocolDefinition
from protocol.reporting import FOLLOW_UP
from safety.models import AdverseEvent, AdverseEventRevision, AnnualReport, ReportingClock
from safety.queries.events import serious, standing, with_clocks

CLOSED_DAYS = 30
# From this share of its term on, a clock is drawn as closing.
CLOSING_SHARE = 0.75
SHORT_FORMS = frozenset({"sae", "susar", "ind", "eu", "uk", "us"})
DAYS = re.compile(r"^(\d+)day$")
EVERYWHERE = "all"
FINAL_OUTCOMES = ("recovered", "recovered_sequelae", "fatal")


@dataclass(frozen=True)
class ClockCard:
    """One deadline as it stands at a moment."""

    clock: ReportingClock
    event: AdverseEvent
    revision: AdverseEventRevision
    holder: str
    state: str
    left: timedelta
    share: float

    @property
    def label(self) -> str:
        """Returns the name of the deadline as people say it."""
        return clock_label(self.clock.rule)

    @property
    def words(self) -> str:
        """Returns what is left, or by how much it is overdue, in words."""
        return words_left(self.left)

    @property
    def colour(self) -> str:
        """Returns the colour of its meter, which says the same as its state."""
        return {"overdue": "crit", "closing": "warn"}.get(self.state, "due")

    @property
    def ends_with_day(self) -> bool:
        """Returns whether the deadline is the end of a calendar day in its zone."""
        return f"{self.clock.due_at.astimezone(ZoneInfo(self.clock.zone)):%H:%M}" == "23:59"

    @property
    def is_overdue(self) -> bool:
        """Returns whether the deadline has passed and nobody has met it."""
        return self.state == "overdue"


@dataclass(frozen=True)
class OpenEvent:
    """A serious event that waits for a judgement or for what is still missing, and on whom."""

    event: AdverseEvent
    revision: AdverseEventRevision
    holder: str
    waits_for: str


@dataclass(frozen=True)
class Lane:
    """One column of the board: clocks of one term."""

    title: str
    note: str
    cards: tuple[ClockCard, ...]


@dataclass(frozen=True)
class Board:
    """Every deadline that runs, in lanes by term, and what has no deadline but waits."""

    lanes: tuple[Lane, ...]
    review: tuple[OpenEvent, ...]
    follow_up: tuple[OpenEvent, ...]
    closed: tuple[ClockCard, ...]

    @property
    def running(self) -> list[ClockCard]:
        """Returns every deadline that runs, the one that ends first in front."""
        return sorted((card for lane in self.lanes for card in lane.cards), key=lambda card: card.clock.due_at)

    @property
    def overdue(self) -> list[ClockCard]:
        """Returns the deadlines that have passed."""
        return [card for card in self.running if card.is_overdue]


def board(events: QuerySet[AdverseEvent], definition: ProtocolDefinition, *, at: datetime, region: str = "") -> Board:
    """Returns the board of the serious events given, as it stands at a moment; of one region's clocks if one is named.

    The clocks of every region stand on the board of each.
    """
    rows = with_clocks(serious(events))
    holders = _Holders({event.site_id for event in rows})
    cards = [
        card_of(clock, event, holder=holders.of(clock, definition), at=at)
        for event in rows
        for clock in _standing(event)
        if _is_of(clock, definition, region)
    ]
    running = [card for card in cards if card.clock.met_at is None]
    since = at - timedelta(days=CLOSED_DAYS)
    closed = [card for card in cards if card.clock.met_at is not None and card.clock.met_at >= since]
    busy = {card.event.pk for card in running}
    return Board(
        lanes=_lanes(running, definition),
        review=tuple(_waiting_for_review(rows, holders)),
        follow_up=tuple(_waiting_for_more(rows, holders, busy=busy)),
        closed=tuple(sorted(closed, key=lambda card: card.clock.met_at or at, reverse=True)),
    )


def regions_of(definition: ProtocolDefinition) -> list[str]:
    """Returns the regions whose authorities the clocks are about."""
    return sorted({clock.region for clock in definition.clocks} - {"", EVERYWHERE})


def _is_of(clock: ReportingClock, definition: ProtocolDefinition, region: str) -> bool:
    rule = clock.rule.removesuffix(FOLLOW_UP)
    found = next((one.region for one in definition.clocks if one.rule == rule), "")
    return not region or found in ("", EVERYWHERE, region)


def card_of(clock: ReportingClock, event: AdverseEvent, *, at: datetime, holder: str = "") -> ClockCard:
    """Returns a deadline with what is left of it."""
    left, share = _course(clock, at=at)
    return ClockCard(clock, event, standing(event), holder, _state(clock, share, left), left, min(max(share, 0.0), 1.0))


def words_left(left: timedelta) -> str:
    """Returns what is left of a term, or by how much it is overdue, in words."""
    return f"Overdue {duration(left)}" if left < timedelta() else f"{duration(left)} left"


def state_of_clock(clock: ReportingClock | AnnualReport, *, at: datetime) -> str:
    """Returns the state of a deadline at a moment: due, closing, overdue, complete, missed or notdone."""
    left, share = _course(clock, at=at)
    return _state(clock, share, left)


def _course(clock: ReportingClock | AnnualReport, *, at: datetime) -> tuple[timedelta, float]:
    end = clock.met_at or at
    return clock.due_at - end, (end - clock.starts_at) / (clock.due_at - clock.starts_at)


def clock_label(rule: str) -> str:
    """Returns the name of a deadline as people say it: the protocol's rule with its short forms in capitals."""
    words = [word.upper() if word in SHORT_FORMS else DAYS.sub(r"\1-day", word) for word in rule.split("_")]
    return f"{words[0][:1].upper()}{words[0][1:]} {' '.join(words[1:])}".strip()


def _state(clock: ReportingClock | AnnualReport, share: float, left: timedelta) -> str:
    if isinstance(clock, ReportingClock) and clock.superseded_at is not None:
        return "notdone"
    if clock.met_at is not None:
        return "complete" if left >= timedelta() else "missed"
    if left < timedelta():
        return "overdue"
    return "closing" if share >= CLOSING_SHARE else "due"


def _lanes(running: Iterable[ClockCard], definition: ProtocolDefinition) -> tuple[Lane, ...]:
    terms: dict[tuple[int, int], list[Clock]] = {}
    for clock in definition.clocks:
        if clock.hours is not None or clock.calendar_days is not None:
            terms.setdefault((clock.calendar_days or 0, clock.hours or 0), []).append(clock)
    by_rule: dict[str, list[ClockCard]] = {}
    for card in running:
        by_rule.setdefault(card.clock.rule, []).append(card)
    lanes = []
    for (days, hours), clocks in sorted(terms.items()):
        cards = [card for clock in clocks for card in by_rule.get(clock.rule, [])]
        # What the first report lacks is due with the longer ones; it stands beside the report that it completes.
        cards += [card for clock in clocks for card in by_rule.get(f"{clock.rule}{FOLLOW_UP}", [])]
        cards.sort(key=lambda card: card.clock.due_at)
        lanes.append(Lane(f"{days}-day" if days else "Site to sponsor", _lane_note(clocks[0], hours), tuple(cards)))
    return tuple(lanes)


def _lane_note(clock: Clock, hours: int) -> str:
    if clock.expression is None:
        return f"{hours} hours from {clock.starts}"
    return clock.expression.text.replace(" and ", ", ").replace("_", " ")


def _waiting_for_review(rows: Iterable[AdverseEvent], holders: "_Holders") -> Iterable[OpenEvent]:
    for event in rows:
        revision = standing(event)
        if revision.nullified:
            continue
        if not revision.causality:
            yield OpenEvent(event, revision, holders.investigator(event.site_id), "causality still open")
        elif not revision.expectedness:
            yield OpenEvent(event, revision, holders.safety_desk, "expectedness still open")


def _waiting_for_more(rows: Iterable[AdverseEvent], holders: "_Holders", *, busy: set[int]) -> Iterable[OpenEvent]:
    for event in rows:
        revision = standing(event)
        if revision.nullified:
            continue
        if revision.expectedness and event.pk not in busy and revision.outcome not in FINAL_OUTCOMES:
            yield OpenEvent(event, revision, holders.coordinator(event.site_id), "outcome and end date")


class _Holders:
    """Who holds the next step: names by site, read once."""

    def __init__(self, site_ids: set[int]) -> None:
        wanted = (Role.PRINCIPAL_INVESTIGATOR, Role.SAFETY_OFFICER, Role.COORDINATOR)
        found = Membership.objects.filter(
            Q(site_id__in=site_ids) | Q(site_id__isnull=True), role__in=wanted, ends_at=None
        )
        self.names: dict[tuple[str, int | None], str] = {}
        for role, site_id, name in found.order_by("id").values_list("role", "site_id", "person__display_name"):
            self.names.setdefault((role, site_id), name)

    @property
    def safety_desk(self) -> str:
        return self.names.get((Role.SAFETY_OFFICER, None), "Safety desk")

    def investigator(self, site_id: int) -> str:
        return self.names.get((Role.PRINCIPAL_INVESTIGATOR, site_id), "Investigator")

    def coordinator(self, site_id: int) -> str:
        return self.names.get((Role.COORDINATOR, site_id), "Coordinator")

    def of(self, clock: ReportingClock, definition: ProtocolDefinition) -> str:
        rule = next((rule for rule in definition.clocks if rule.rule == clock.rule.removesuffix(FOLLOW_UP)), None)
        site_holds = rule is not None and rule.expression is None
        return self.investigator(clock.site_id) if site_holds else self.safety_desk


def _standing(event: AdverseEvent) -> list[ReportingClock]:
    return [clock for clock in event.clocks.all() if clock.superseded_at is None]
