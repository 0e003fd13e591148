"""Alerts: raised once per cause, acknowledged by name, escalated when nobody does."""

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from core.contributions import contribution
from core.errors import Conflict, Refused
from core.events import publish
from core.models import Person
from core.permissions import people_with
from core.roles import Role
from patients.models import Participant
from patients.queries import definition_for
from reminders.actions import cancel_reminders_about, plan_reminder
from safety.events import AlertRaised
from safety.models import Alert
from safety.queries.alerts import alike_before


def raise_alert(
    participant: Participant,
    *,
    key: str,
    rule: str,
    severity: str,
    message: str,
    raised_at: datetime,
    by: Person,
    instruction: str = "",
) -> Alert:
    """Raises an alert; the same cause, named by its key, answers the alert that is there.

    How soon it must be acknowledged and what to do come from the participant's protocol version.
    """
    known = Alert.objects.filter(key=key).first()
    if known is not None:
        return known
    policy = definition_for(participant).alert_policy[severity]
    try:
        with transaction.atomic(), contribution(by=by, reason=f"Alert: {message}"[:300]):
            alert = Alert.objects.create(
                participant=participant,
                site_id=participant.site_id,
                key=key,
                rule=rule,
                severity=severity,
                message=message[:300],
                instruction=(instruction or policy.instruction)[:300],
                raised_at=raised_at,
                acknowledge_by_at=raised_at + timedelta(minutes=policy.acknowledge_within_min),
                recorded_by=by,
            )
            publish(AlertRaised(alert.pk))
    except IntegrityError:
        return Alert.objects.get(key=key)
    return alert


def acknowledge_alert(alert: Alert, *, note: str, by: Person, at: datetime) -> Alert:
    """Writes who saw the alert and what was done; alike alerts before it, of the same rule, are covered with it.

    Raises Refused without a word on what was done, and Conflict when somebody else acknowledged it first.
    """
    if not note.strip():
        raise Refused("Say what was done.", field="note")
    with contribution(by=by, reason=note):
        # Locked together and in one order, so that two people who acknowledge alike ones do not wait for each other.
        covered = list(alike_before(alert).select_for_update(of=("self",)))
        if alert.pk not in {each.pk for each in covered}:
            raise Conflict("Somebody else acknowledged this alert first. What was done stands beside it.")
        for each in covered:
            each.acknowledged_at, each.acknowledged_by, each.acknowledgement = at, by, note[:300]
            each.save(update_fields=["acknowledged_at", "acknowledged_by", "acknowledgement"])
            cancel_reminders_about(each.public_id, reason="The alert was acknowledged", by=by)
    return Alert.objects.get(pk=alert.pk)


def tell_investigators(alert: Alert, *, by: Person, at: datetime) -> None:
    """Writes to the investigators of the site, by name, that an alert waits; once for each alert."""
    for person in people_with(Role.PRINCIPAL_INVESTIGATOR, site_id=alert.site_id, moment=at):
        plan_reminder(
            key=f"alert:{alert.public_id}:{person.public_id}",
            template="action_today",
            due_at=at,
            site_id=alert.site_id,
            person=person,
            by=by,
        )


def escalate_alert(alert: Alert, *, by: Person, at: datetime) -> Alert:
    """Passes an alert that nobody acknowledged in time to the investigators of its site."""
    with contribution(by=by, reason="Not acknowledged in time"):
        alert.escalated_at = at
        alert.save(update_fields=["escalated_at"])
        for person in people_with(Role.PRINCIPAL_INVESTIGATOR, site_id=alert.site_id, moment=at):
            plan_reminder(
                key=f"action_today:{alert.public_id}:{person.public_id}",
                template="action_today",
                due_at=at,
                site_id=alert.site_id,
                person=person,
                by=by,
            )
    return alert
