"""Reads on reminders and messages."""

from datetime import datetime

from django.db.models import Count, Max, Q
from django.urls import reverse

from core.permissions import Permission, Viewer
from core.worklist import NOW, WorklistItem
from reminders.access import reminders_for
from reminders.models import OutboxMessage


def anything_ready(*, at: datetime) -> bool:
    """Returns whether some message may be sent now."""
    ready = Q(next_attempt_at__isnull=True) | Q(next_attempt_at__lte=at)
    return OutboxMessage.objects.filter(ready, state="waiting").exists()


def worklist_items(viewer: Viewer, at: datetime) -> list[WorklistItem]:
    """Returns one line for the messages that failed for good: somebody must reach the recipient another way."""
    if not viewer.may(Permission.MESSAGE_VIEW):
        return []
    failed = reminders_for(viewer, Permission.MESSAGE_VIEW).filter(message__state="failed")
    found = failed.aggregate(number=Count("pk"), latest=Max("due_at"))
    if not found["number"]:
        return []
    words = "1 message could not be sent" if found["number"] == 1 else f"{found['number']} messages could not be sent"
    return [
        WorklistItem(
            band=NOW,
            state="failed",
            state_label="Not sent",
            subject="Messages",
            task=words,
            detail="reach the recipient another way, or send again",
            url=f"{reverse('reminders:outbox')}?state=failed",
            action_label="Open",
            due_at=found["latest"],
            weight=50,
        )
    ]
