"""The verbs of the room."""

from reminders.actions.delivery import hand_over_due, send_again, send_next
from reminders.actions.planning import (
    cancel_reminder,
    cancel_reminders_about,
    cancel_reminders_of_visit,
    cancel_reminders_of_visits,
    cancel_reminders_to_participant,
    plan_reminder,
)

__all__ = [
    "cancel_reminder",
    "cancel_reminders_about",
    "cancel_reminders_of_visit",
    "cancel_reminders_of_visits",
    "cancel_reminders_to_participant",
    "hand_over_due",
    "plan_reminder",
    "send_again",
    "send_next",
]
