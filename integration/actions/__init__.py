"""Verbs that write integration: the note and its signatures, the suicidality answers, the daily contacts."""

from integration.actions.contacts import plan_contact_reminders, record_contact
from integration.actions.notes import NoteFields, Theme, sign_note, write_note
from integration.actions.risk import record_risk

__all__ = [
    "NoteFields",
    "Theme",
    "plan_contact_reminders",
    "record_contact",
    "record_risk",
    "sign_note",
    "write_note",
]
