"""Plans and cancels reminders in the caller's transaction, so that they stand or fall with what they are about."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import QuerySet

from core.contributions import contribution
from core.models import Person
from reminders.catalogue import PARTICIPANT, RATER, MessageTemplate, current_template
from reminders.models import OutboxMessage, Reminder
from reminders.quiet_hours import moved_earlier, spread
from reminders.recipients import directory


def plan_reminder(
    *,
    key: str,
    template: str,
    due_at: datetime,
    site_id: int,
    by: Person,
    participant_id: int | None = None,
    person: Person | None = None,
    visit_id: int | None = None,
    channel: str = "email",
) -> Reminder:
    """Plans a message once; the same key answers the reminder that is there.

    The key names template, person and occasion. Exactly one of participant and person is the recipient. A time in the
    recipient's quiet hours moves earlier. Raises UnknownTemplate for a name under which no text is kept.
    """
    text = current_template(template)
    known = Reminder.objects.filter(key=key).first()
    if known is not None:
        return known
    leaves_at = _leaving_time(text, due_at, key=key, site_id=site_id, participant_id=participant_id, person=person)
    with contribution(by=by, reason=f"Reminder planned: {template.replace('_', ' ')}"):
        return Reminder.objects.create(
            key=key,
            template=template,
            due_at=leaves_at,
            site_id=site_id,
            participant_id=participant_id,
            person=person,
            visit_id=visit_id,
            channel=channel,
            recorded_by=by,
        )


def cancel_reminder(*, key: str, reason: str, by: Person) -> int:
    """Cancels one reminder that is still waiting, by its key, and returns how many."""
    return _cancel(Reminder.objects.filter(key=key), reason=reason, by=by)


def cancel_reminders_about(occasion: str, *, reason: str, by: Person) -> int:
    """Cancels what is still waiting about one occasion, by the part of the key between template and recipient."""
    return _cancel(Reminder.objects.filter(key__contains=f":{occasion}:"), reason=reason, by=by)


def cancel_reminders_of_visit(visit_id: int, *, reason: str, by: Person) -> int:
    """Cancels what is still waiting about a visit and returns how many."""
    return _cancel(Reminder.objects.filter(visit_id=visit_id), reason=reason, by=by)


def cancel_reminders_of_visits(visit_ids: Sequence[int], *, reason: str, by: Person) -> int:
    """Cancels what is still waiting about several visits, whoever it is to, and returns how many."""
    return _cancel(Reminder.objects.filter(visit_id__in=visit_ids), reason=reason, by=by)


def cancel_reminders_to_participant(participant_id: int, *, reason: str, by: Person) -> int:
    """Cancels what is still waiting to a participant and returns how many."""
    return _cancel(Reminder.objects.filter(participant_id=participant_id), reason=reason, by=by)


def _cancel(reminders: QuerySet[Reminder], *, reason: str, by: Person) -> int:
    with contribution(by=by, reason=reason):
        waiting = reminders.filter(state="waiting").update(state="cancelled", cancelled_reason=reason[:200])
        # A message that is leaving at this moment is locked by its sender: it cannot be called back, nor waited for.
        leaving = OutboxMessage.objects.filter(state="waiting", reminder__in=reminders)
        held = list(leaving.select_for_update(skip_locked=True, of=("self",)).values_list("pk", flat=True))
        called_back = OutboxMessage.objects.filter(pk__in=held).update(state="cancelled", failure=reason[:200])
    return waiting + called_back


def _leaving_time(
    text: MessageTemplate,
    due_at: datetime,
    *,
    key: str,
    site_id: int,
    participant_id: int | None,
    person: Person | None,
) -> datetime:
    if text.urgent:
        return due_at
    moment = spread(due_at, key=key) if text.audience == RATER else due_at
    zone = person.zone if person is not None else directory().participant_zone(participant_id or 0)
    hours = directory().message_rules(site_id, at=due_at).quiet_hours
    return moved_earlier(moment, zone=zone, hours=hours.get("participant" if text.audience == PARTICIPANT else "staff"))
