"""What safety asks of each role today: alerts, judgements, deadlines and deviations that wait."""

from datetime import datetime, timedelta

from django.urls import reverse

from core.permissions import Permission, Role, Viewer
from core.templatetags.vigil import duration
from core.worklist import NOW, WAITING, WEEK, WorklistItem
from safety import queries
from safety.access import alerts_for, deviations_for, events_for
from safety.models import AdverseEvent, ReportingClock

WEEK_AHEAD = timedelta(days=7)
MOST = 40


def worklist_items(viewer: Viewer, at: datetime) -> list[WorklistItem]:
    """Returns the lines of a viewer's worklist that are about safety."""
    return [*_alerts(viewer, at), *_events(viewer, at), *_deviations(viewer)]


def _alerts(viewer: Viewer, at: datetime) -> list[WorklistItem]:
    if not viewer.may(Permission.ALERT_ACKNOWLEDGE):
        return []
    found = queries.open_alerts(alerts_for(viewer, Permission.ALERT_ACKNOWLEDGE))[:MOST]
    return [
        WorklistItem(
            band=NOW,
            state="overdue" if alert.acknowledge_by_at < at else "closing",
            state_label=_left(alert.acknowledge_by_at - at),
            subject=alert.participant.screening_number,
            task="Acknowledge alert",
            detail=alert.message,
            url=reverse("safety:alert-acknowledge", args=[alert.public_id]),
            action_label="Open",
            due_at=alert.acknowledge_by_at,
            left=duration(alert.acknowledge_by_at - at),
            weight=100,
        )
        for alert in found
    ]


def _events(viewer: Viewer, at: datetime) -> list[WorklistItem]:
    assesses, keeps_clocks = viewer.may(Permission.ADVERSE_EVENT_ASSESS), viewer.may(Permission.SAFETY_OFFICE)
    if not (assesses or keeps_clocks or viewer.may(Permission.ADVERSE_EVENT_REPORT)):
        return []
    items = []
    for found in queries.judged(queries.serious(events_for(viewer, Permission.ADVERSE_EVENT_VIEW))):
        event = found.event
        items += [_clock(found, clock, at) for clock in event.clocks.all() if _runs(clock)]
        if assesses and not found.causality:
            items.append(_judgement(event, "Assess causality", found.term))
        if keeps_clocks and found.causality and not found.expectedness:
            items.append(_judgement(event, "Judge expectedness", found.term))
    return items


def _clock(found: queries.Judged, clock: ReportingClock, at: datetime) -> WorklistItem:
    left = clock.due_at - at
    return WorklistItem(
        band=NOW if left < timedelta(days=1) else WEEK,
        state=queries.state_of_clock(clock, at=at),
        state_label=_left(left),
        subject=found.event.participant.screening_number,
        task=queries.clock_label(clock.rule),
        detail=found.term,
        url=reverse("safety:adverse-event-detail", args=[found.event.public_id]),
        action_label="Open",
        due_at=clock.due_at,
        left=duration(left),
        weight=90,
    )


def _judgement(event: AdverseEvent, task: str, detail: str) -> WorklistItem:
    return WorklistItem(
        band=NOW,
        state="judge",
        state_label="To judge",
        subject=event.participant.screening_number,
        task=task,
        detail=detail,
        url=reverse("safety:adverse-event-detail", args=[event.public_id]),
        action_label="Judge",
        weight=80,
    )


def _deviations(viewer: Viewer) -> list[WorklistItem]:
    may_decide = viewer.may(Permission.DEVIATION_DECIDE)
    if not (may_decide or viewer.may(Permission.DEVIATION_RECORD)):
        return []
    found = deviations_for(viewer, Permission.DEVIATION_VIEW).filter(state="candidate").order_by("occurred_at")[:MOST]
    return [
        WorklistItem(
            band=WEEK if may_decide else WAITING,
            state="query",
            state_label="Candidate",
            subject=deviation.participant.screening_number,
            task="Decide deviation" if may_decide else "Deviation waits for the investigator",
            detail=deviation.category,
            url=reverse("safety:deviation-detail", args=[deviation.public_id]),
            action_label="Decide" if may_decide else "Open",
            owner="" if may_decide else str(Role.PRINCIPAL_INVESTIGATOR.label),
            weight=40 if deviation.importance == "important" else 20,
        )
        for deviation in found
    ]


def _runs(clock: ReportingClock) -> bool:
    return clock.met_at is None and clock.superseded_at is None


def _left(left: timedelta) -> str:
    return f"Overdue {duration(left)}" if left < timedelta() else f"{duration(left)} left"
