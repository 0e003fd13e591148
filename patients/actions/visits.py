"""Book, move, start, finish and miss visits; record what became of their procedures."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from core.clock import local_date
from core.contributions import contribution
from core.errors import Refused
from core.events import publish
from core.models import Person
from patients import queries
from patients.actions.contradictions import check_uncontradicted
from patients.actions.schedule import OPEN, planned_schedule, replan
from patients.events import VisitBooked, VisitFinished, VisitMissed, VisitStarted
from patients.models import Participant, Visit, VisitProcedure, VisitState
from protocol.schedule import MoveLine, cascade, unmet_predecessors
from reminders.actions import cancel_reminders_of_visit, plan_reminder
from reminders.queries import standing_entry, unused_key

DOSING = "dosing"
# What of an appointment a participant is told, by the words of the protocol's reminders.
MOVED, CANCELLED = "visit_moved", "visit_cancelled"


@dataclass(frozen=True)
class MovePreview:
    """What a move would do: the lines of the cascade, and whether the new day lies in the visit's own window."""

    visit: Visit
    starts_at: datetime
    fits_window: bool
    lines: tuple[MoveLine, ...]


def book_visit(visit: Visit, *, starts_at: datetime, by: Person, at: datetime) -> Visit:
    """Gives a visit a time within its window and plans its reminders.

    Raises Refused outside the window; move_visit takes a reason for that.
    """
    if visit.kind == DOSING:
        check_uncontradicted(visit.participant)
    if not _fits(visit, starts_at):
        raise Refused(
            f"{window_sentence(visit)} Choose a day in it, or move the visit with a reason.", field="starts_at"
        )
    return _book(visit, starts_at=starts_at, reason="Visit booked", by=by, at=at)


def preview_move(visit: Visit, *, starts_at: datetime) -> MovePreview:
    """Returns what moving a visit would change; nothing is written."""
    participant = visit.participant
    actual = queries.actual_dates(participant)
    zone = participant.site.zone
    booked = {
        code: local_date(booked_at, zone=zone)
        for code, booked_at in participant.visits.filter(state=VisitState.BOOKED).values_list("code", "booked_at")
        if booked_at is not None
    }
    before = planned_schedule(participant, booked | actual)
    after = planned_schedule(participant, booked | {visit.code: local_date(starts_at, zone=zone)} | actual)
    lines = tuple(line for line in cascade(before, after) if line.before.code not in actual)
    return MovePreview(visit, starts_at, _fits(visit, starts_at), lines)


def move_visit(visit: Visit, *, starts_at: datetime, reason: str, by: Person, at: datetime) -> Visit:
    """Gives a visit another time, outside its window too, for a reason; its reminders move with it."""
    if not reason.strip():
        raise Refused("Say why the visit is moved.", field="reason")
    if visit.kind == DOSING and visit.state == VisitState.PLANNED:
        check_uncontradicted(visit.participant)
    return _book(visit, starts_at=starts_at, reason=reason, by=by, at=at)


def start_visit(visit: Visit, *, by: Person, at: datetime) -> Visit:
    """Begins a visit: later windows count from this day.

    Raises Refused without the consent that is in force, and while a visit that must come first is neither done nor
    recorded as missed.
    """
    participant = visit.participant
    definition = queries.definition_for(participant)
    obstacle = queries.consent_obstacle(participant, at=at) or queries.follow_up_obstacle(
        participant, visit_code=visit.code, definition=definition
    )
    if obstacle:
        raise Refused(obstacle)
    if visit.kind == DOSING:
        check_uncontradicted(participant)
    planned = definition.visits_by_code.get(visit.code)
    unmet = unmet_predecessors(planned, settled=queries.settled_codes(participant)) if planned else ()
    if unmet:
        raise Refused(f"First finish or record as missed: {', '.join(unmet)}.")
    with contribution(by=by, reason=f"{visit.code} started"):
        _lock(visit, states=OPEN, verb="started")
        visit.start()
        visit.started_at = at
        visit.save(update_fields=["state", "started_at"])
        cancel_reminders_of_visit(visit.pk, reason="The visit has started", by=by)
        replan(participant, by=by)
        publish(VisitStarted(visit.pk))
    return visit


def finish_visit(visit: Visit, *, by: Person, at: datetime) -> Visit:
    """Ends a visit once every procedure is done or has a reason why not.

    Raises Refused naming the procedures that are still open.
    """
    open_codes = list(visit.procedures.filter(state="due").values_list("code", flat=True))
    if open_codes:
        raise Refused(f"Still open: {', '.join(open_codes)}. Record each as done, or not done with the reason.")
    if visit.started_at is not None and at < visit.started_at:
        raise Refused("A visit cannot end before it starts.", field="ended_at")
    with contribution(by=by, reason=f"{visit.code} finished"):
        _lock(visit, states=(VisitState.STARTED,), verb="finished")
        visit.finish()
        visit.ended_at = at
        visit.save(update_fields=["state", "ended_at"])
        replan(visit.participant, by=by)
        publish(VisitFinished(visit.pk))
    return visit


def miss_visit(visit: Visit, *, reason: str, by: Person, at: datetime, kind: str = "") -> Visit:
    """Records that a visit did not take place, with the reason; `kind` is the protocol's code for such reasons."""
    if not reason.strip():
        raise Refused("Say why the visit did not take place.", field="reason")
    if kind and kind not in queries.definition_for(visit.participant).durability.missing_reasons:
        raise Refused("Choose one of the reasons of the protocol.", field="kind")
    with contribution(by=by, reason=reason):
        _lock(visit, states=OPEN, verb="recorded as missed")
        visit.miss()
        visit.missed_kind, visit.missed_reason = kind, reason[:300]
        visit.save(update_fields=["state", "missed_kind", "missed_reason"])
        cancel_reminders_of_visit(visit.pk, reason="The visit was missed", by=by)
        tell_change(visit, CANCELLED, by=by, at=at)
        replan(visit.participant, by=by)
        publish(VisitMissed(visit.pk))
    return visit


def record_procedure(
    visit: Visit, *, code: str, state: str, by: Person, at: datetime, reason: str = ""
) -> VisitProcedure:
    """Records a procedure of a visit as done at a time, or as not done with a reason.

    Raises Refused when the visit has not started, or when a procedure not done has no reason.
    """
    if visit.started_at is None:
        raise Refused(f"Start {visit.name} first.")
    if state == "not_done" and not reason.strip():
        raise Refused("Say why it was not done.", field="reason")
    procedure = VisitProcedure.objects.filter(visit=visit, code=code).first()
    if procedure is None:
        raise Refused(f"The protocol asks for no {code} at this visit.", field="code")
    with contribution(by=by, reason=reason or f"{code} {state.replace('_', ' ')}"):
        procedure.state = state
        procedure.done_at = at if state == "done" else None
        procedure.not_done_reason = reason[:300] if state == "not_done" else ""
        procedure.save(update_fields=["state", "done_at", "not_done_reason"])
    return procedure


def record_procedures_done(visit: Visit, *, codes: Collection[str], by: Person, at: datetime) -> int:
    """Records those of the named procedures that are still open as done, all at one time; returns how many.

    Raises Refused when the visit has not started.
    """
    if visit.started_at is None:
        raise Refused(f"Start {visit.name} first.")
    still_open = VisitProcedure.objects.filter(visit=visit, state="due", code__in=codes)
    with contribution(by=by, reason="Procedures recorded as done"):
        return still_open.update(state="done", done_at=at, not_done_reason="")


def window_sentence(visit: Visit) -> str:
    """Returns the visit's window in words."""
    if visit.earliest_on is None or visit.latest_on is None:
        return f"{visit.name} has no window yet."
    return f"The window of {visit.name} is {visit.earliest_on:%-d %b %Y} to {visit.latest_on:%-d %b %Y}."


def _lock(visit: Visit, *, states: tuple[VisitState, ...], verb: str) -> None:
    """Holds the visit until commit and reads its state anew: two clicks at once must not both succeed."""
    state = Visit.objects.select_for_update().values_list("state", flat=True).get(pk=visit.pk)
    if state not in states:
        raise Refused(f"{visit.name} is {VisitState(state).label.lower()}; it cannot be {verb}.")
    visit.state = state


def _book(visit: Visit, *, starts_at: datetime, reason: str, by: Person, at: datetime) -> Visit:
    with contribution(by=by, reason=reason):
        _lock(visit, states=OPEN, verb="booked")
        moved = visit.booked_at not in (None, starts_at)
        visit.book()
        visit.booked_at = starts_at
        visit.save(update_fields=["state", "booked_at"])
        cancel_reminders_of_visit(visit.pk, reason="The visit was moved", by=by)
        # Whoever is told of the change needs no reminder of which the time is over.
        told = moved and standing_entry(visit.pk) is not None
        _plan_reminders(visit, starts_at=starts_at, due_after=at if told else None, by=by)
        if told:
            tell_change(visit, MOVED, by=by, at=at)
        publish(VisitBooked(visit.pk))
    return visit


def tell_change(visit: Visit, change: str, *, by: Person, at: datetime) -> None:
    """Tells the participant that an appointment which stands in their own calendar was moved, or will not take place.

    Nobody is told of an appointment that is over, or against their will.
    """
    participant: Participant = visit.participant
    entry = standing_entry(visit.pk)
    if entry is None or visit.booked_at is None or visit.booked_at <= at:
        return
    if change == MOVED and entry.starts_at == visit.booked_at:
        return
    if not queries.may_contact(participant.pk, channel="email"):
        return
    for rule in queries.definition_for(participant).reminders:
        if rule.to == "participant" and rule.relative_to == change:
            plan_reminder(
                key=unused_key(f"{rule.template}:{visit.public_id}:{entry.sequence + 1}"),
                template=rule.template,
                due_at=at + timedelta(hours=rule.hours),
                site_id=visit.site_id,
                participant_id=participant.pk,
                visit_id=visit.pk,
                by=by,
            )


def _plan_reminders(visit: Visit, *, starts_at: datetime, due_after: datetime | None, by: Person) -> None:
    participant: Participant = visit.participant
    if not queries.may_contact(participant.pk, channel="email"):
        return
    for rule in queries.definition_for(participant).reminders:
        if rule.to != "participant" or rule.relative_to != "visit_booked":
            continue
        if rule.visit_types and visit.kind not in rule.visit_types:
            continue
        due_at = starts_at + timedelta(hours=rule.hours)
        if due_after is not None and due_at <= due_after:
            continue
        plan_reminder(
            key=unused_key(f"{rule.template}:{visit.public_id}:{starts_at.isoformat()}"),
            template=rule.template,
            due_at=due_at,
            site_id=visit.site_id,
            participant_id=participant.pk,
            visit_id=visit.pk,
            by=by,
        )


def _fits(visit: Visit, starts_at: datetime) -> bool:
    day = local_date(starts_at, zone=visit.participant.site.zone)
    return visit.earliest_on is not None and visit.latest_on is not None and visit.earliest_on <= day <= visit.latest_on


def at_local(day: date, clock_time: time, *, zone: str) -> datetime:
    """Returns the moment of a wall-clock time at a site."""
    return datetime.combine(day, clock_time, tzinfo=ZoneInfo(zone))
