"""This room's part of a participant's history."""

from typing import Any

from core.audit import RecordPart
from core.permissions import Permission
from reminders.models import OutboxMessage, Reminder


def record_parts(participant: Any) -> list[RecordPart]:
    """Returns the tables of this room."""
    see = Permission.MESSAGE_VIEW
    return [
        RecordPart("Reminder", Reminder.objects.filter(participant_id=participant.pk), see, "template"),
        RecordPart("Message", OutboxMessage.objects.filter(reminder__participant_id=participant.pk), see, "template"),
    ]
