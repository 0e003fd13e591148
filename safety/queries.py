"""Reads on safety: the clock board, events as they stand, open alerts, deviations, and everybody's share of them."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Count, OuterRef, Prefetch, Q, QuerySet, Subquery

from core.models import Membership
from core.roles import Role
from core.templatetags.vigil import duration
from patients.models import Participant
from patients.queries import definition_for, latest_values
from protocol.definition import Clock, ProtocolDefinition
from protocol.grading import suggested_grades
from safety.models import AdverseEvent, AdverseEventRevision, Alert, Deviation, ReportingClock
from sessions import queries as session_queries
from sessions.models import DosingSession, VitalSigns

CLOSED_DAYS = 30
# From this share of its term on, a clock is drawn as closing.
CLOSING_SHARE = 0.75
SHORT_FORMS = frozenset({"sae", "susar", "ind", "eu", "uk", "us"})
DAYS = re.compile(r"^(\d+)day$")
# Codes of the protocol, shown as words.
CODES = frozenset({"event_group", "causality", "sponsor_causality", "seriousness"})
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
        return f"Overdue {duration(self.left)}" if self.is_overdue else f"{duration(self.left)} left"

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


# --- the board -------------------------------------------------------------------------------------------------------


def board(events: QuerySet[AdverseEvent], definition: ProtocolDefinition, *, at: datetime) -> Board:
    """Returns the board of the serious events given, as it stands at a moment."""
    rows = with_clocks(serious(events))
    holders = _Holders({event.site_id for event in rows})
    cards = [
        card_of(clock, event, holder=holders.of(clock, definition), at=at)
        for event in rows
        for clock in _standing(event)
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


def card_of(clock: ReportingClock, event: AdverseEvent, *, at: datetime, holder: str = "") -> ClockCard:
    """Returns a deadline with what is left of it."""
    left, share = _course(clock, at=at)
    return ClockCard(clock, event, standing(event), holder, _state(clock, share, left), left, min(max(share, 0.0), 1.0))


def state_of_clock(clock: ReportingClock, *, at: datetime) -> str:
    """Returns the state of a deadline at a moment: due, closing, overdue, complete, missed or notdone."""
    left, share = _course(clock, at=at)
    return _state(clock, share, left)


def _course(clock: ReportingClock, *, at: datetime) -> tuple[timedelta, float]:
    end = clock.met_at or at
    return clock.due_at - end, (end - clock.starts_at) / (clock.due_at - clock.starts_at)


def clock_label(rule: str) -> str:
    """Returns the name of a deadline as people say it: the protocol's rule with its short forms in capitals."""
    words = [word.upper() if word in SHORT_FORMS else DAYS.sub(r"\1-day", word) for word in rule.split("_")]
    return f"{words[0][:1].upper()}{words[0][1:]} {' '.join(words[1:])}".strip()


def _state(clock: ReportingClock, share: float, left: timedelta) -> str:
    if clock.superseded_at is not None:
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
        if not revision.causality:
            yield OpenEvent(event, revision, holders.investigator(event.site_id), "causality still open")
        elif not revision.expectedness:
            yield OpenEvent(event, revision, holders.safety_desk, "expectedness still open")


def _waiting_for_more(rows: Iterable[AdverseEvent], holders: "_Holders", *, busy: set[int]) -> Iterable[OpenEvent]:
    for event in rows:
        revision = standing(event)
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
        rule = next((rule for rule in definition.clocks if rule.rule == clock.rule), None)
        site_holds = rule is not None and rule.expression is None
        return self.investigator(clock.site_id) if site_holds else self.safety_desk


# --- events ----------------------------------------------------------------------------------------------------------


def with_clocks(events: QuerySet[AdverseEvent]) -> list[AdverseEvent]:
    """Returns events with their clocks and their latest revision, in a constant number of statements."""
    clocks = ReportingClock.objects.select_related("met_by").order_by("due_at", "id")
    latest = AdverseEventRevision.objects.order_by("event_id", "-number").distinct("event_id")
    return list(
        events.prefetch_related(
            Prefetch("clocks", queryset=clocks), Prefetch("revisions", queryset=latest, to_attr="latest")
        )
    )


def running_clocks(events: QuerySet[AdverseEvent]) -> QuerySet[ReportingClock]:
    """Returns the deadlines of events that are neither met nor superseded, each with the event's latest `term`."""
    latest = AdverseEventRevision.objects.filter(event=OuterRef("event")).order_by("-number")
    found = ReportingClock.objects.filter(event__in=events.values("pk"), met_at=None, superseded_at=None)
    return found.annotate(term=Subquery(latest.values("term")[:1])).order_by("due_at", "id")


def unjudged(events: QuerySet[AdverseEvent]) -> QuerySet[AdverseEvent]:
    """Returns the events that wait for a judgement, with the `term` and the judgements of their latest revision."""
    latest = AdverseEventRevision.objects.filter(event=OuterRef("pk")).order_by("-number")
    words = {name: Subquery(latest.values(name)[:1]) for name in ("term", "causality", "expectedness")}
    return events.annotate(**words).filter(Q(causality="") | Q(expectedness=""))


def standing(event: AdverseEvent) -> AdverseEventRevision:
    """Returns what is known of an event now."""
    known = getattr(event, "latest", None)
    return known[0] if known else event.revisions.order_by("-number")[0]


def serious(events: QuerySet[AdverseEvent]) -> QuerySet[AdverseEvent]:
    """Returns the events that were ever reported as serious."""
    ever = AdverseEventRevision.objects.filter(event=OuterRef("pk"), seriousness__len__gt=0).values("event_id")[:1]
    return events.annotate(ever_serious=Subquery(ever)).filter(ever_serious__isnull=False)


def revisions_of(event: AdverseEvent) -> list[AdverseEventRevision]:
    """Returns the chain of revisions, the latest first."""
    return list(event.revisions.select_related("recorded_by").order_by("-number"))


def sessions_of(participant: Participant) -> list[DosingSession]:
    """Returns the dosing sessions during which something can have been observed."""
    found = DosingSession.objects.filter(participant=participant, initial_dose_at__isnull=False)
    return list(found.select_related("visit").order_by("number"))


def grade_suggestions(event: AdverseEvent) -> list[tuple[str, int]]:
    """Returns grades that measured values come to, by term; a suggestion that decides nothing."""
    definition = definition_for(event.participant)
    values = latest_values(event.participant, at=event.site_aware_at)
    grades: dict[str, int] = dict(suggested_grades(definition, values))
    if event.session is not None:
        for vitals in session_queries.standing(VitalSigns, event.session):
            for term, grade in suggested_grades(definition, session_queries.values_of(vitals)).items():
                grades[term] = max(grade, grades.get(term, 0))
    return sorted((term.replace("_", " "), grade) for term, grade in grades.items() if grade)


def differences(
    revisions: list[AdverseEventRevision], labels: Mapping[str, str]
) -> list[tuple[AdverseEventRevision, list[tuple[str, str, str]]]]:
    """Returns each revision, latest first, with what it changed: (label, before, after)."""
    pairs = zip(revisions, [*revisions[1:], None], strict=True)
    return [(revision, _changes(before, revision, labels)) for revision, before in pairs]


def shown(revision: AdverseEventRevision, name: str) -> str:
    """Returns a value of a revision as a person reads it."""
    value = getattr(revision, name)
    display = getattr(revision, f"get_{name}_display", None)
    if display is not None:
        return str(display())
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, list):
        return ", ".join(item.replace("_", " ") for item in value).capitalize()
    if name in CODES:
        return "" if value == "none" else str(value).replace("_", " ").capitalize()
    return "" if value is None else str(value)


def _changes(
    before: AdverseEventRevision | None, after: AdverseEventRevision, labels: Mapping[str, str]
) -> list[tuple[str, str, str]]:
    if before is None:
        return []
    pairs = [(label, shown(before, name), shown(after, name)) for name, label in labels.items()]
    return [(label, old, new) for label, old, new in pairs if old != new]


def _standing(event: AdverseEvent) -> list[ReportingClock]:
    return [clock for clock in event.clocks.all() if clock.superseded_at is None]


# --- alerts and deviations -------------------------------------------------------------------------------------------


def open_alerts(alerts: QuerySet[Alert]) -> QuerySet[Alert]:
    """Returns the alerts that nobody acknowledged, the most urgent first."""
    return alerts.filter(acknowledged_at__isnull=True).order_by("acknowledge_by_at", "id")


def count_deviations(deviations: QuerySet[Deviation]) -> dict[str, int]:
    """Returns how many deviations wait, stand, stand as important, and are none."""
    return deviations.aggregate(
        candidate=Count("pk", filter=Q(state="candidate")),
        accepted=Count("pk", filter=Q(state="accepted")),
        important=Count("pk", filter=Q(state="accepted", importance="important")),
        refused=Count("pk", filter=Q(state="refused")),
    )


def commonest_category(deviations: QuerySet[Deviation]) -> tuple[str, int]:
    """Returns the category that repeats most among what was not refused, and how often."""
    found = deviations.exclude(state="refused").values_list("category").annotate(number=Count("pk"))
    return next(iter(found.order_by("-number", "category")), ("", 0))


def all_adverse_events() -> QuerySet[AdverseEvent]:
    """Returns every event the actor may see with its revisions, the newest first, in one further statement."""
    newest = Prefetch("revisions", AdverseEventRevision.objects.order_by("-number"), to_attr="newest_first")
    return AdverseEvent.objects.select_related("site", "participant").prefetch_related(newest)


def all_deviations() -> QuerySet[Deviation]:
    """Returns every deviation the actor may see, with what a dataset reads of it."""
    return Deviation.objects.select_related("site", "participant", "visit")
