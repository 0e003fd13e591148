"""Ladders of reporting clocks: rows with their moments, climbed by the watch, ended by somebody's name.

The rows say what is due; a watch that was down finds them later, takes every one, and says which came late.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet

from core.contributions import contribution
from core.errors import Conflict, Refused
from core.models import Person
from core.permissions import people_with
from core.roles import roles_of_duty
from patients.queries import definition_for
from protocol.definition import Escalation, EscalationStep
from protocol.escalation import ladder
from reminders.actions import plan_reminder
from reminders.queries import undelivered
from safety.models import ClockStep, ReportingClock

CALL, MAIL = "call", "mail"
NO_LONGER, TAKEN = "The clock no longer runs", "Somebody has taken it by name"


def plan_ladder(clock: ReportingClock, *, by: Person) -> None:
    """Writes the steps of a clock that has started, each with its moment."""
    escalation = definition_for(clock.event.participant).escalation
    for rung in ladder(escalation, starts_at=clock.starts_at, due_at=clock.due_at):
        ClockStep.objects.create(
            site_id=clock.site_id, clock=clock, code=rung.step.code, due_at=rung.due_at, recorded_by=by
        )


def climb(*, by: Person, at: datetime, most: int) -> list[ClockStep]:
    """Takes every step that is due, in the order of time, and returns them; each once, whoever else is climbing."""
    with contribution(by=by, reason="Watch of reporting clocks"):
        waiting = (
            ClockStep.objects.filter(taken_at__isnull=True, due_at__lte=at)
            .select_for_update(skip_locked=True, of=("self",))
            .select_related("clock__event__participant__protocol_version", "clock__event__participant__site")
            .order_by("due_at", "id")
        )
        steps = list(waiting[:most])
        for step in steps:
            _take(step, by=by, at=at)
    return steps


def acknowledge_steps(clock: ReportingClock, *, note: str, by: Person, at: datetime) -> int:
    """Takes a clock by name, and returns how many steps were acknowledged; raises as `take_by_name` does."""
    return take_by_name(ClockStep.objects.filter(clock=clock), note=note, by=by, at=at)


def take_by_name(steps: QuerySet[Any], *, note: str, by: Person, at: datetime) -> int:
    """Acknowledges every step of a ladder that was taken so far, and returns how many.

    Raises Refused without a word on what happens now, and Conflict when nothing waits for a name.
    """
    if not note.strip():
        raise Refused("Say what happens now.", field="note")
    with contribution(by=by, reason=note):
        waiting = steps.filter(taken_at__isnull=False, acknowledged_at__isnull=True, left_out="")
        count = waiting.update(acknowledged_at=at, acknowledged_by=by, note=note.strip()[:300])
    if not count:
        raise Conflict("Somebody else took it first, or nobody was told of it yet.")
    return count


def _take(step: ClockStep, *, by: Person, at: datetime) -> None:
    clock = step.clock
    escalation = definition_for(clock.event.participant).escalation
    rule = next((one for one in escalation.steps if one.code == step.code), None)
    step.taken_at = at
    step.late = at - step.due_at > timedelta(minutes=escalation.late_after_min)
    step.left_out = _why_not(clock, rule)
    if rule is not None and not step.left_out:
        step.mail_failed = _mail_failed(clock, escalation, at=at)
        step.calls = CALL in rule.channels or step.mail_failed
        step.told = _tell(clock, rule, by=by, at=at) if MAIL in rule.channels else 0
    step.save(update_fields=["taken_at", "late", "left_out", "mail_failed", "calls", "told"])


def _why_not(clock: ReportingClock, rule: EscalationStep | None) -> str:
    if rule is None or clock.met_at is not None or clock.superseded_at is not None:
        return NO_LONGER
    taken = ClockStep.objects.filter(clock=clock, acknowledged_at__isnull=False).exists()
    return TAKEN if taken and not rule.always else ""


def _mail_failed(clock: ReportingClock, escalation: Escalation, *, at: datetime) -> bool:
    earlier = at - timedelta(minutes=escalation.undelivered_after_min)
    return undelivered(occasion_of(clock), due_before=earlier)


def _tell(clock: ReportingClock, rule: EscalationStep, *, by: Person, at: datetime) -> int:
    people = people_of(rule, site_id=clock.site_id, at=at)
    write_to(people, about=occasion_of(clock), step=rule.code, site_id=clock.site_id, by=by, at=at)
    return len(people)


def write_to(people: Iterable[Person], *, about: str, step: str, site_id: int, by: Person, at: datetime) -> None:
    """Writes to people that something waits for them today, once for each step; under the site's name in messages."""
    for person in people:
        plan_reminder(
            key=f"action_today:{about}:{step}:{person.public_id}",
            template="action_today",
            due_at=at,
            site_id=site_id,
            person=person,
            by=by,
        )


def people_of(rule: EscalationStep, *, site_id: int | None, at: datetime) -> list[Person]:
    """Returns who is told of a step at a site, each once; without a site, who belongs to none."""
    roles = sorted({role for duty in rule.to for role in roles_of_duty(duty)})
    found = {person.pk: person for role in roles for person in people_with(role, site_id=site_id, moment=at)}
    return list(found.values())


def occasion_of(clock: ReportingClock) -> str:
    """Returns the word by which messages know a clock."""
    return clock.public_id
