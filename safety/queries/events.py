"""Adverse events as they stand, and how they came to be known."""

from collections.abc import Mapping
from datetime import datetime

from django.db.models import OuterRef, Prefetch, Q, QuerySet, Subquery

from patients.models import Participant
from patients.queries import definition_for, latest_values
from protocol.grading import suggested_grades
from protocol.proposals import proposed_marks
from safety.models import AdverseEvent, AdverseEventRevision, ReportingClock
from sessions import queries as session_queries
from sessions.models import DosingSession, VitalSigns

# Codes of the protocol, shown as words.
CODES = frozenset({"event_group", "causality", "sponsor_causality", "seriousness"})


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
    words = {name: Subquery(latest.values(name)[:1]) for name in ("term", "causality", "expectedness", "nullified")}
    return events.annotate(**words).filter(Q(causality="") | Q(expectedness=""), Q(nullified=False))


def with_proposals(events: QuerySet[AdverseEvent]) -> QuerySet[AdverseEvent]:
    """Returns the events whose latest revision has marks that nobody took or refused, with its `term`."""
    latest = AdverseEventRevision.objects.filter(event=OuterRef("pk")).order_by("-number")
    words = {name: Subquery(latest.values(name)[:1]) for name in ("term", "proposals")}
    return events.annotate(**words).exclude(Q(proposals=[]))


def standing(event: AdverseEvent) -> AdverseEventRevision:
    """Returns what is known of an event now."""
    known = getattr(event, "latest", None)
    return known[0] if known else event.revisions.order_by("-number")[0]


def serious(events: QuerySet[AdverseEvent]) -> QuerySet[AdverseEvent]:
    """Returns the events that were ever reported as serious."""
    ever = AdverseEventRevision.objects.filter(event=OuterRef("pk"), seriousness__len__gt=0).values("event_id")[:1]
    return events.annotate(ever_serious=Subquery(ever)).filter(ever_serious__isnull=False)


def event_terms() -> list[tuple[str, int, int, str]]:
    """Returns the words of every event that counts: its public id, its site, its participant and the latest term."""
    latest = AdverseEventRevision.objects.order_by("event_id", "-number").distinct("event_id")
    counting = AdverseEventRevision.objects.filter(pk__in=latest.values("pk"), nullified=False)
    return list(
        counting.order_by("event_id").values_list("event__public_id", "site_id", "event__participant_id", "term")
    )


def events_as_choices(participant: Participant) -> list[tuple[str, str]]:
    """Returns the events of a participant, the latest first, as a form offers them; in one statement."""
    latest = AdverseEventRevision.objects.filter(event=OuterRef("pk")).order_by("-number")
    found = AdverseEvent.objects.filter(participant=participant).annotate(term=Subquery(latest.values("term")[:1]))
    return [(event.public_id, f"{event} {event.term}") for event in found.order_by("-number")]


def revisions_of(event: AdverseEvent) -> list[AdverseEventRevision]:
    """Returns the chain of revisions, the latest first."""
    return list(event.revisions.select_related("recorded_by").order_by("-number"))


def sessions_of(participant: Participant) -> list[DosingSession]:
    """Returns the dosing sessions during which something can have been observed."""
    found = DosingSession.objects.filter(participant=participant, initial_dose_at__isnull=False)
    return list(found.select_related("visit").order_by("number"))


def grade_suggestions(
    participant: Participant, *, session: DosingSession | None, at: datetime
) -> list[tuple[str, int]]:
    """Returns grades that measured values come to, by term; a suggestion that decides nothing."""
    definition = definition_for(participant)
    grades: dict[str, int] = dict(suggested_grades(definition, latest_values(participant, at=at)))
    if session is not None:
        for vitals in session_queries.standing(VitalSigns, session):
            for term, grade in suggested_grades(definition, session_queries.values_of(vitals)).items():
                grades[term] = max(grade, grades.get(term, 0))
    return sorted((term.replace("_", " "), grade) for term, grade in grades.items() if grade)


def proposed(event: AdverseEvent, revision: AdverseEventRevision) -> list[tuple[str, str]]:
    """Returns the marks that wait for a person, each with the words of the event that propose it."""
    words = proposed_marks(definition_for(event.participant), f"{revision.term}\n{revision.narrative}")
    return [(mark, words.get(mark, "")) for mark in revision.proposals]


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


def all_adverse_events() -> QuerySet[AdverseEvent]:
    """Returns every event the actor may see with its revisions, the newest first, in one further statement."""
    newest = Prefetch("revisions", AdverseEventRevision.objects.order_by("-number"), to_attr="newest_first")
    return AdverseEvent.objects.select_related("site", "participant").prefetch_related(newest)
