"""Reads on reminders and messages."""

from datetime import datetime
from functools import partial
from typing import Any

from django.db.models import Count, Q, QuerySet, Window

from core.addresses import address_of
from core.permissions import Permission, Viewer
from core.questions import Question
from core.worklist import NOW, Ask, WorklistItem, asked
from reminders.access import reminders_for
from reminders.entries import standing_entry
from reminders.models import OutboxMessage, Reminder

__all__ = [
    "anything_ready",
    "count_courses",
    "course_of",
    "standing_entry",
    "undelivered",
    "unused_key",
    "waiting_reminders",
    "with_course",
    "worklist_items",
]

# What became of a reminder, as a condition on the reminder and its message.
COURSES = {
    "coming": Q(state="waiting"),
    "waiting": Q(message__state="waiting"),
    "sent": Q(message__state="sent"),
    "failed": Q(message__state="failed"),
    "cancelled": Q(state="cancelled") | Q(message__state="cancelled"),
}


def anything_ready(*, at: datetime) -> bool:
    """Returns whether some message may be sent now."""
    ready = Q(next_attempt_at__isnull=True) | Q(next_attempt_at__lte=at)
    return OutboxMessage.objects.filter(ready, state="waiting").exists()


def course_of(reminder: Reminder) -> str:
    """Returns what became of a reminder: coming, waiting, sent, failed or cancelled."""
    if reminder.state == "handed_over":
        return reminder.message.state
    return "coming" if reminder.state == "waiting" else "cancelled"


def undelivered(occasion: str, *, due_before: datetime) -> bool:
    """Returns whether a message about an occasion that was due before a moment has not left, or failed for good."""
    about = Reminder.objects.filter(key__contains=f":{occasion}:", due_at__lt=due_before)
    return about.filter(Q(state="waiting") | Q(message__state__in=["waiting", "failed"])).exists()


def unused_key(key: str) -> str:
    """Returns a key under which a message can be planned: with a number where it was planned and called back before."""
    of_key = Reminder.objects.filter(Q(key=key) | Q(key__startswith=f"{key}#"))
    called_back = of_key.filter(COURSES["cancelled"]).count()
    return f"{key}#{called_back}" if called_back else key


def waiting_reminders(about: Q) -> QuerySet[Reminder]:
    """Returns the reminders that meet a condition and could still be cancelled."""
    return Reminder.objects.filter(about).filter(Q(state="waiting") | Q(message__state="waiting"))


def with_course(reminders: QuerySet[Reminder], course: str) -> QuerySet[Reminder]:
    """Returns the reminders of which that became; all of them when no course is named."""
    return reminders.filter(COURSES[course]) if course else reminders


def count_courses(reminders: QuerySet[Reminder], *, since: datetime, until: datetime) -> dict[str, int]:
    """Returns how many reminders took each course, how many were sent since a moment, and are due until another."""
    counts = {course: Count("pk", filter=condition) for course, condition in COURSES.items()}
    lately = Count("pk", filter=Q(message__sent_at__gte=since))
    soon = Count("pk", filter=COURSES["coming"] & Q(due_at__lte=until))
    return reminders.aggregate(lately=lately, soon=soon, **counts)


def _undelivered(who: Any, at: Any) -> QuerySet[Reminder]:
    failed = reminders_for(who, Permission.MESSAGE_VIEW).filter(message__state="failed")
    return failed.annotate(number=Window(Count("pk"))).order_by("-due_at")


FAILED = Question(_undelivered, {"number": "number", "due_at": "due_at"}, most=1)


def worklist_items(viewer: Viewer, at: datetime) -> list[Ask]:
    """Returns what makes one line of the messages that failed for good: somebody must reach the recipient otherwise."""
    if not viewer.may(Permission.MESSAGE_VIEW):
        return []
    return [asked(FAILED, viewer, at, partial(map, _failed))]


def _failed(row: Any) -> WorklistItem:
    return WorklistItem(
        band=NOW,
        state="failed",
        state_label="Not sent",
        subject="Messages",
        task="1 message could not be sent" if row.number == 1 else f"{row.number} messages could not be sent",
        detail="reach the recipient another way, or send again",
        url=f"{address_of('reminders:outbox')}?state=failed",
        action_label="Open",
        due_at=row.due_at,
        weight=50,
    )
