"""What safety asks of each role today: alerts, judgements, deadlines and deviations that wait."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from core.addresses import address_of
from core.clock import local_date
from core.permissions import Permission, Role, Viewer
from core.questions import Question
from core.templatetags.vigil import duration
from core.worklist import NOW, WAITING, WEEK, Ask, WorklistItem, asked
from safety import queries
from safety.access import (
    actions_for,
    alerts_for,
    deviations_for,
    ethics_reports_for,
    events_for,
    finding_decisions_for,
    holds_for,
    mentions_for,
)
from safety.models import AnnualReport, ReportingClock
from sessions import queries as session_queries

WEEK_AHEAD = timedelta(days=7)
MOST = 40
# The rest is on the page of the sweep; a worklist of sentences alone would be read by nobody.
MOST_MENTIONS = 5


OPEN_ALERTS = Question(
    lambda who, at: queries.open_alerts(alerts_for(who, Permission.ALERT_ACKNOWLEDGE)),
    {"code": "participant__screening_number", "alert": "public_id", "message": "message", "until_at": "by_at"},
    most=MOST,
)
OPEN_HOLDS = Question(
    lambda who, at: holds_for(who, Permission.HOLD_REVIEW).filter(lifted_at__isnull=True).order_by("placed_at"),
    {"code": "participant__screening_number", "participant": "participant__public_id", "rule": "rule",
     "reason": "reason", "placed_at": "placed_at"},
    most=MOST,
)  # fmt: skip
HOLDS_OF_TRIAL = Question(
    lambda who, at: session_queries.trial_holds().filter(lifted_at__isnull=True).order_by("placed_at"),
    {"hold": "public_id", "rule": "rule", "reason": "reason", "placed_at": "placed_at"},
    most=MOST,
)
RUNNING_CLOCKS = Question(
    lambda who, at: queries.running_clocks(queries.serious(events_for(who, Permission.ADVERSE_EVENT_VIEW))),
    {"code": "event__participant__screening_number", "event": "event__public_id", "term": "term", "rule": "rule",
     "starts_at": "starts_at", "due_at": "due_at"},
)  # fmt: skip
PROPOSALS = Question(
    lambda who, at: queries.with_proposals(events_for(who, Permission.ADVERSE_EVENT_REPORT)),
    {"code": "participant__screening_number", "event": "public_id", "term": "term"},
    most=MOST,
)
MENTIONS = Question(
    lambda who, at: queries.waiting_mentions(mentions_for(who, Permission.ADVERSE_EVENT_REPORT)),
    {"code": "participant__screening_number", "mention": "public_id", "sentence": "sentence"},
    most=MOST_MENTIONS,
)
CORRECTIONS = Question(
    lambda who, at: queries.corrections_asked(finding_decisions_for(who, Permission.ADVERSE_EVENT_REPORT)),
    {"code": "participant__screening_number", "participant": "participant__public_id", "told": "told",
     "reason": "reason"},
    most=MOST,
)  # fmt: skip
UNJUDGED = Question(
    lambda who, at: queries.unjudged(queries.serious(events_for(who, Permission.ADVERSE_EVENT_VIEW))),
    {"code": "participant__screening_number", "event": "public_id", "term": "term", "causality": "causality",
     "expectedness": "expectedness"},
)  # fmt: skip
ANNUAL_REPORTS = Question(
    lambda who, at: AnnualReport.objects.filter(met_at__isnull=True).order_by("due_at", "id"),
    {"report": "public_id", "rule": "rule", "begins_on": "begins_on", "ends_on": "ends_on", "starts_at": "starts_at",
     "due_at": "due_at"},
    most=MOST,
)  # fmt: skip
CANDIDATES = Question(
    lambda who, at: deviations_for(who, Permission.DEVIATION_VIEW).filter(state="candidate").order_by("occurred_at"),
    {"code": "participant__screening_number", "deviation": "public_id", "category": "category",
     "importance": "importance"},
    most=MOST,
)  # fmt: skip
COMPLAINTS = Question(
    lambda who, at: queries.unread(queries.complaints_of(who.person, part="desk")),
    {"complaint": "public_id", "site": "site__code", "until_at": "acknowledge_by_at"},
    most=MOST,
)
OF_ACTION = {
    "code": "deviation__participant__screening_number", "deviation": "deviation__public_id", "text": "text",
    "due_on": "due_on", "check_on": "check_on",
}  # fmt: skip
OWN_ACTIONS = Question(lambda who, at: queries.open_actions(who.person), OF_ACTION, most=MOST)
# No zone is further ahead than this; which day it is there is asked for each action.
ACTIONS_TO_CHECK = Question(
    lambda who, at: queries.actions_to_check(actions_for(who, Permission.DEVIATION_RECORD), who.person).filter(
        check_on__lte=(at + timedelta(hours=14)).date()
    ),
    OF_ACTION,
    most=MOST,
)
UNTOLD = Question(
    lambda who, at: queries.untold(ethics_reports_for(who, Permission.DEVIATION_DECIDE)),
    {"code": "deviation__participant__screening_number", "deviation": "deviation__public_id",
     "category": "deviation__category", "until_at": "due_at"},
    most=MOST,
)  # fmt: skip


def worklist_items(viewer: Viewer, at: datetime) -> list[Ask]:
    """Returns what makes the lines of a viewer's worklist that are about safety."""
    return [
        *_alerts(viewer, at),
        *_holds(viewer, at),
        *_events(viewer, at),
        *_deviations(viewer, at),
        *_quality(viewer, at),
        *_complaints(viewer, at),
    ]


def _alerts(viewer: Viewer, at: datetime) -> list[Ask]:
    if not viewer.may(Permission.ALERT_ACKNOWLEDGE):
        return []
    return [asked(OPEN_ALERTS, viewer, at, lambda rows: [_alert(row, at) for row in rows])]


def _alert(row: Any, at: datetime) -> WorklistItem:
    return WorklistItem(
        band=NOW,
        state="overdue" if row.until_at < at else "closing",
        state_label=_left(row.until_at - at),
        subject=row.code,
        task="Acknowledge alert",
        detail=row.message,
        url=address_of("safety:alert-acknowledge", row.alert),
        action_label="Open",
        due_at=row.until_at,
        left=duration(row.until_at - at),
        weight=100,
    )


def _holds(viewer: Viewer, at: datetime) -> list[Ask]:
    if not viewer.may(Permission.HOLD_REVIEW):
        return []
    asks = [asked(OPEN_HOLDS, viewer, at, lambda rows: [_hold(row, at) for row in rows])]
    if viewer.site_ids(Permission.HOLD_REVIEW) is None:
        asks.append(asked(HOLDS_OF_TRIAL, viewer, at, lambda rows: [_trial_hold(row, at) for row in rows]))
    return asks


def _hold(row: Any, at: datetime) -> WorklistItem:
    url = address_of("safety:hold-detail", row.participant, row.rule)
    return _review_of_hold(row, at, subject=row.code, url=url)


def _trial_hold(row: Any, at: datetime) -> WorklistItem:
    url = address_of("safety:trial-hold-detail", row.hold)
    return _review_of_hold(row, at, subject=queries.WHOLE_TRIAL, url=url)


def _review_of_hold(row: Any, at: datetime, *, subject: str, url: str) -> WorklistItem:
    return WorklistItem(
        band=NOW,
        state="judge",
        state_label=f"On hold {duration(at - row.placed_at)}",
        subject=subject,
        task="Review the hold of dosing",
        detail=f"{queries.rule_words(row.rule)}: {row.reason}",
        url=url,
        action_label="Review",
        weight=95,
    )


def _events(viewer: Viewer, at: datetime) -> list[Ask]:
    assesses, keeps_clocks = viewer.may(Permission.ADVERSE_EVENT_ASSESS), viewer.may(Permission.SAFETY_OFFICE)
    if not (assesses or keeps_clocks or viewer.may(Permission.ADVERSE_EVENT_REPORT)):
        return []
    asks = [asked(RUNNING_CLOCKS, viewer, at, lambda rows: [_clock(row, at) for row in rows])]
    if viewer.may(Permission.ADVERSE_EVENT_REPORT):
        asks.append(asked(PROPOSALS, viewer, at, lambda rows: [_proposal(row) for row in rows]))
        asks.append(asked(MENTIONS, viewer, at, lambda rows: [_mention(row) for row in rows]))
        asks.append(asked(CORRECTIONS, viewer, at, lambda rows: [_correction(row) for row in rows]))
    if assesses or keeps_clocks:
        if keeps_clocks:
            asks.append(asked(ANNUAL_REPORTS, viewer, at, lambda rows: [_annual_line(row, at) for row in rows]))
        judge = partial(_judgements, assesses=assesses, keeps_clocks=keeps_clocks)
        asks.append(asked(UNJUDGED, viewer, at, judge))
    return asks


def _clock(row: Any, at: datetime) -> WorklistItem:
    clock, left = ReportingClock(rule=row.rule, starts_at=row.starts_at, due_at=row.due_at), row.due_at - at
    return WorklistItem(
        band=NOW if left < timedelta(days=1) else WEEK,
        state=queries.state_of_clock(clock, at=at),
        state_label=_left(left),
        subject=row.code,
        task=queries.clock_label(row.rule),
        detail=row.term,
        url=address_of("safety:adverse-event-detail", row.event),
        action_label="Open",
        due_at=row.due_at,
        left=duration(left),
        weight=90,
    )


def _annual_line(row: Any, at: datetime) -> WorklistItem:
    left = row.due_at - at
    state = queries.state_of_clock(AnnualReport(rule=row.rule, starts_at=row.starts_at, due_at=row.due_at), at=at)
    return WorklistItem(
        band=NOW if left < timedelta(days=1) else WEEK if left < WEEK_AHEAD else WAITING,
        state=state,
        state_label=_left(left),
        subject=f"{row.ends_on:%Y}",
        task=queries.clock_label(row.rule),
        detail=f"The year from {row.begins_on:%-d %b %Y}",
        url=address_of("safety:annual-report-detail", row.report),
        action_label="Open",
        due_at=row.due_at,
        left=duration(left),
        weight=60,
    )


def _judgements(rows: list[Any], *, assesses: bool, keeps_clocks: bool) -> Iterator[WorklistItem]:
    for row in rows:
        if assesses and not row.causality:
            yield _judgement(row, "Assess causality")
        if keeps_clocks and row.causality and not row.expectedness:
            yield _judgement(row, "Judge expectedness")


def _judgement(row: Any, task: str) -> WorklistItem:
    return WorklistItem(
        band=NOW,
        state="judge",
        state_label="To judge",
        subject=row.code,
        task=task,
        detail=row.term,
        url=address_of("safety:adverse-event-detail", row.event),
        action_label="Judge",
        weight=80,
    )


def _proposal(row: Any) -> WorklistItem:
    return WorklistItem(
        band=WEEK,
        state="judge",
        state_label="To decide",
        subject=row.code,
        task="Decide what an event is marked as",
        detail=row.term,
        url=address_of("safety:adverse-event-detail", row.event),
        action_label="Decide",
        weight=60,
    )


def _mention(row: Any) -> WorklistItem:
    return WorklistItem(
        band=WEEK,
        state="query",
        state_label="Found in a note",
        subject=row.code,
        task="Decide whether a sentence tells an event",
        detail=row.sentence,
        url=address_of("safety:mention-detail", row.mention),
        action_label="Decide",
        weight=30,
    )


def _correction(row: Any) -> WorklistItem:
    return WorklistItem(
        band=WEEK,
        state="query",
        state_label="To correct",
        subject=row.code,
        task="Make records agree",
        detail=f"{row.told}. {row.reason}",
        url=address_of("overview:timeline", row.participant),
        action_label="Open",
        weight=50,
    )


def _deviations(viewer: Viewer, at: datetime) -> list[Ask]:
    may_decide = viewer.may(Permission.DEVIATION_DECIDE)
    if not (may_decide or viewer.may(Permission.DEVIATION_RECORD)):
        return []
    make = partial(map, partial(_deviation, may_decide=may_decide))
    return [asked(CANDIDATES, viewer, at, make)]


def _deviation(row: Any, *, may_decide: bool) -> WorklistItem:
    return WorklistItem(
        band=WEEK if may_decide else WAITING,
        state="query",
        state_label="Candidate",
        subject=row.code,
        task="Decide deviation" if may_decide else "Deviation waits for the investigator",
        detail=row.category,
        url=address_of("safety:deviation-detail", row.deviation),
        action_label="Decide" if may_decide else "Open",
        owner="" if may_decide else str(Role.PRINCIPAL_INVESTIGATOR.label),
        weight=40 if row.importance == "important" else 20,
    )


def _complaints(viewer: Viewer, at: datetime) -> list[Ask]:
    if not viewer.may(Permission.CONFIDENTIAL_READ):
        return []
    return [asked(COMPLAINTS, viewer, at, lambda rows: [_complaint(row, at) for row in rows])]


def _complaint(row: Any, at: datetime) -> WorklistItem:
    left = row.until_at - at
    return WorklistItem(
        band=NOW,
        state="overdue" if left < timedelta() else "due",
        state_label=_left(left),
        subject=row.site,
        task="Acknowledge a complaint",
        detail="about conduct",
        url=address_of("safety:complaint-detail", row.complaint),
        action_label="Read",
        due_at=row.until_at,
        left=duration(left),
        weight=85,
    )


def _quality(viewer: Viewer, at: datetime) -> list[Ask]:
    if not viewer.may(Permission.DEVIATION_VIEW):
        return []
    today = local_date(at, zone=viewer.person.zone)
    asks = [asked(OWN_ACTIONS, viewer, at, lambda rows: _actions(rows, today))]
    if viewer.may(Permission.DEVIATION_RECORD):
        asks.append(asked(ACTIONS_TO_CHECK, viewer, at, lambda rows: [_check(r) for r in rows if r.check_on <= today]))
    if viewer.may(Permission.DEVIATION_DECIDE):
        asks.append(asked(UNTOLD, viewer, at, lambda rows: [_untold(row, at) for row in rows]))
    return asks


def _actions(rows: list[Any], today: date) -> Iterator[WorklistItem]:
    notice = timedelta(days=queries.action_notice_days()) if rows else timedelta()
    for row in rows:
        late = row.due_on < today
        yield WorklistItem(
            band=NOW if late else WEEK if row.due_on - notice <= today else WAITING,
            state="overdue" if late else "due",
            state_label="Overdue" if late else "Due",
            subject=row.code,
            task="Do what was planned about a deviation",
            detail=f"{row.text}, due on {row.due_on:%-d %b %Y}",
            url=address_of("safety:deviation-detail", row.deviation),
            action_label="Open",
            weight=70 if late else 45,
        )


def _check(row: Any) -> WorklistItem:
    return WorklistItem(
        band=WEEK,
        state="judge",
        state_label="To check",
        subject=row.code,
        task="Check whether an action had its effect",
        detail=row.text,
        url=address_of("safety:deviation-detail", row.deviation),
        action_label="Check",
        weight=35,
    )


def _untold(row: Any, at: datetime) -> WorklistItem:
    left = row.until_at - at
    return WorklistItem(
        band=NOW if left < timedelta(days=1) else WEEK,
        state="overdue" if left < timedelta() else "due",
        state_label=_left(left),
        subject=row.code,
        task="Tell the ethics board of a deviation",
        detail=row.category,
        url=address_of("safety:deviation-detail", row.deviation),
        action_label="Open",
        due_at=row.until_at,
        left=duration(left),
        weight=75,
    )


def _left(left: timedelta) -> str:
    return f"Overdue {duration(left)}" if left < timedelta() else f"{duration(left)} left"
