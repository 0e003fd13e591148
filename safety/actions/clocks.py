"""Reporting clocks of serious events: set by the protocol's rules, met by a named person."""

from datetime import datetime, timedelta

from core.contributions import contribution
from core.errors import Refused
from core.models import Person
from core.permissions import people_with
from core.roles import Role
from patients.queries import definition_for
from protocol.expressions import Value
from protocol.reporting import Deadline, Moments, clocks_due
from reminders.actions import plan_reminder
from safety.models import AdverseEvent, AdverseEventRevision, ReportingClock


def set_clocks(event: AdverseEvent, revision: AdverseEventRevision, *, moments: Moments, by: Person) -> None:
    """Starts every deadline whose condition is true now; a deadline that runs stays as it is."""
    definition = definition_for(event.participant)
    zone = event.site.trial.sponsor_zone
    due = clocks_due(definition, event_values(event, revision), moments=moments, sponsor_zone=zone)
    running = set(ReportingClock.objects.filter(event=event).values_list("rule", flat=True))
    for deadline in due:
        if deadline.rule not in running:
            _start(event, deadline, zone=zone, by=by)


def event_values(event: AdverseEvent, revision: AdverseEventRevision) -> dict[str, Value]:
    """Returns an event as the protocol's rules see it; what nobody has judged yet is absent."""
    definition = definition_for(event.participant)
    values: dict[str, Value] = {
        "serious": revision.serious,
        "fatal": "death" in revision.seriousness,
        "life_threatening": "life_threatening" in revision.seriousness,
    }
    causality = revision.sponsor_causality or revision.causality
    related = definition.source["adverse_event_policy"]["related_means"]
    if causality:
        # The sponsor may not downgrade the investigator's view: either one is enough.
        values["related"] = revision.causality in related or revision.sponsor_causality in related
    if revision.expectedness:
        values["unexpected"] = revision.expectedness == "unexpected"
    return values


def meet_clock(clock: ReportingClock, *, note: str, by: Person, at: datetime) -> ReportingClock:
    """Records that a deadline was met, by whom and how; a late one says why.

    Raises Refused when it is late without a reason, or was met before.
    """
    if clock.met_at is not None:
        raise Refused("This deadline is recorded as met already.")
    if at > clock.due_at and not note.strip():
        raise Refused("This is late. Say why.", field="note")
    with contribution(by=by, reason=note or f"{clock.rule} met"):
        clock.met_at, clock.met_by, clock.note = at, by, note[:300]
        clock.save(update_fields=["met_at", "met_by", "note"])
    return clock


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


def _plan_reminders(clock: ReportingClock, *, by: Person) -> None:
    rules = [
        rule
        for rule in definition_for(clock.event.participant).reminders
        if rule.relative_to == "serious_event_clock"
    ]
    for rule in rules:
        for role in (Role.PRINCIPAL_INVESTIGATOR, Role.SAFETY_OFFICER):
            for person in people_with(role, site_id=clock.site_id, moment=clock.starts_at):
                plan_reminder(
                    key=f"{rule.template}:{clock.public_id}:{person.public_id}",
                    template=rule.template,
                    due_at=clock.due_at + timedelta(hours=rule.hours),
                    site_id=clock.site_id,
                    person=person,
                    by=by,
                )
