"""Verbs that write reminders: plan and cancel, in the caller's transaction."""

from datetime import datetime

from django.db.models import QuerySet

from core.contributions import contribution
from core.models import Person
from reminders.models import Reminder


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

    The key names template, person and occasion. Exactly one of participant and person is the recipient.
    """
    known = Reminder.objects.filter(key=key).first()
    if known is not None:
        return known
    with contribution(by=by, reason=f"Reminder {template} planned"):
        return Reminder.objects.create(
            key=key,
            template=template,
            due_at=due_at,
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


def cancel_reminders_of_visit(visit_id: int, *, reason: str, by: Person) -> int:
    """Cancels what is still waiting about a visit and returns how many."""
    return _cancel(Reminder.objects.filter(visit_id=visit_id), reason=reason, by=by)


def cancel_reminders_to_participant(participant_id: int, *, reason: str, by: Person) -> int:
    """Cancels what is still waiting to a participant and returns how many."""
    return _cancel(Reminder.objects.filter(participant_id=participant_id), reason=reason, by=by)


def _cancel(reminders: QuerySet[Reminder], *, reason: str, by: Person) -> int:
    with contribution(by=by, reason=reason):
        return reminders.filter(state="waiting").update(state="cancelled", cancelled_reason=reason[:200])
