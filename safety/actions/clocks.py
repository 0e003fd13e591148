"""Reporting clocks of serious events: set and ended by the protocol's rules, met by a named person."""

from datetime import datetime, timedelta

from core.contributions import contribution
from core.errors import Conflict, Refused
from core.models import Person
from core.permissions import people_with
from core.roles import Role
from patients.queries import definition_for
from protocol.expressions import Value
from protocol.reporting import SITE_AWARENESS, Deadline, Moments, clocks_due, with_follow_ups
from reminders.actions import cancel_reminders_about, plan_reminder
from safety.actions.ladders import plan_ladder
from safety.models import AdverseEvent, AdverseEventRevision, ReportingClock


def set_clocks(
    event: AdverseEvent, revision: AdverseEventRevision, *, moments: Moments, by: Person, at: datetime
) -> None:
    """Starts every deadline whose condition is true now, and ends those whose condition no longer is.

    A deadline that was met stays as it is; one that fell away stays on record, with the reason.
    """
    definition = definition_for(event.participant)
    zone = event.site.trial.sponsor_zone
    values = event_values(event, revision)
    found = with_follow_ups(clocks_due(definition, values, moments=moments, sponsor_zone=zone))
    due = {deadline.rule: deadline for deadline in found}
    running = {clock.rule: clock for clock in ReportingClock.objects.filter(event=event, superseded_at__isnull=True)}
    for rule, clock in running.items():
        stands = rule in due and due[rule].due_at == clock.due_at
        if clock.met_at is None and not stands:
            _supersede(clock, reason=revision.reason, by=by, at=at)
            running = {name: other for name, other in running.items() if name != rule}
    for rule, deadline in due.items():
        if rule not in running:
            _start(event, deadline, zone=zone, by=by)


def event_values(event: AdverseEvent, revision: AdverseEventRevision) -> dict[str, Value]:
    """Returns an event as the protocol's rules see it; what nobody has judged yet is absent."""
    related = definition_for(event.participant).adverse_events.related_means
    values: dict[str, Value] = {
        "serious": revision.serious,
        "fatal": "death" in revision.seriousness,
        "life_threatening": "life_threatening" in revision.seriousness,
    }
    causality = revision.sponsor_causality or revision.causality
    if causality:
        # The sponsor may not downgrade the investigator's view: either one is enough.
        values["related"] = revision.causality in related or revision.sponsor_causality in related
    if revision.expectedness:
        values["unexpected"] = revision.expectedness == "unexpected"
    return values


def meet_clock(
    clock: ReportingClock, *, note: str, by: Person, at: datetime, met_at: datetime | None = None
) -> ReportingClock:
    """Records that a deadline was met, by whom and how; a late one says why.

    `met_at` is when it was sent, if that was before now. Raises Refused when it is late without a reason, lies in the
    future or before the start, or no longer runs; Conflict when somebody else recorded it first.
    """
    moment = met_at or at
    if moment > at:
        raise Refused("It cannot have been sent in the future.", field="met_at")
    if moment < clock.starts_at:
        raise Refused("It cannot have been sent before the clock started.", field="met_at")
    with contribution(by=by, reason=note.strip() or f"{clock.rule} met"):
        locked = ReportingClock.objects.select_for_update(of=("self",)).get(pk=clock.pk)
        if locked.superseded_at is not None:
            raise Refused("This deadline no longer runs.")
        if locked.met_at is not None:
            raise Conflict("Somebody else recorded this deadline as met first.")
        if moment > locked.due_at and not note.strip():
            raise Refused("This is late. Say why.", field="note")
        locked.met_at, locked.met_by, locked.note = moment, by, note.strip()[:300]
        locked.save(update_fields=["met_at", "met_by", "note"])
        cancel_reminders_about(clock.public_id, reason="The deadline was met", by=by)
    return locked


def meet_by_receipt(event: AdverseEvent, *, received_at: datetime, by: Person, at: datetime) -> None:
    """Meets the site's deadline with the sponsor's receipt, if in time; a late one waits for the site to say why."""
    site_rules = [clock.rule for clock in definition_for(event.participant).clocks if clock.starts == SITE_AWARENESS]
    open_clocks = ReportingClock.objects.filter(
        event=event, rule__in=site_rules, met_at__isnull=True, superseded_at__isnull=True, due_at__gte=received_at
    )
    for clock in open_clocks.order_by("id"):
        meet_clock(clock, note="Received by the sponsor", by=by, at=at, met_at=received_at)


def _supersede(clock: ReportingClock, *, reason: str, by: Person, at: datetime) -> None:
    with contribution(by=by, reason=f"Clock {clock.rule} no longer runs: {reason}"[:300]):
        clock.superseded_at, clock.superseded_reason = at, reason[:300]
        clock.save(update_fields=["superseded_at", "superseded_reason"])
        cancel_reminders_about(clock.public_id, reason="The deadline no longer runs", by=by)


def _start(event: AdverseEvent, deadline: Deadline, *, zone: str, by: Person) -> None:
    with contribution(by=by, reason=f"Clock {deadline.rule} started"):
        clock = ReportingClock.objects.create(
            event=event,
            site_id=event.site_id,
            rule=deadline.rule,
            starts_at=deadline.starts_at,
            due_at=deadline.due_at,
            basis=deadline.basis,
            zone=zone,
            recorded_by=by,
        )
        _plan_reminders(clock, by=by)
        plan_ladder(clock, by=by)


def _plan_reminders(clock: ReportingClock, *, by: Person) -> None:
    definition = definition_for(clock.event.participant)
    of_site = any(rule.rule == clock.rule and rule.starts == SITE_AWARENESS for rule in definition.clocks)
    # The site answers for its own deadline; the sponsor's desk watches every one.
    roles = (Role.PRINCIPAL_INVESTIGATOR, Role.SAFETY_OFFICER) if of_site else (Role.SAFETY_OFFICER,)
    for rule in definition.reminders:
        if rule.relative_to != "serious_event_clock":
            continue
        for role in roles:
            for person in people_with(role, site_id=clock.site_id, moment=clock.starts_at):
                plan_reminder(
                    key=f"{rule.template}:{clock.public_id}:{person.public_id}",
                    template=rule.template,
                    due_at=clock.due_at + timedelta(hours=rule.hours),
                    site_id=clock.site_id,
                    person=person,
                    by=by,
                )
