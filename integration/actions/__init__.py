"""Verbs that write integration: notes and their signatures, safety answers, contacts, enquiries about late harm."""

from integration.actions.adherence import (
    give_out_reviews,
    lock_review,
    review_boundaries,
    sample_for_review,
    sample_therapy,
)
from integration.actions.contacts import (
    Told,
    announce_missed_contacts,
    plan_contact_reminders,
    record_contact,
    record_unscheduled_contact,
)
from integration.actions.durability import Happened, correct_intercurrent, record_attempt, record_intercurrent
from integration.actions.enquiries import (
    cancel_enquiries,
    miss_enquiry,
    plan_enquiries,
    record_enquiry,
    remind_of_enquiries,
)
from integration.actions.notes import NoteFields, PracticeOutcome, Theme, sign_note, write_note
from integration.actions.recordings import Line, index_recording
from integration.actions.risk import record_risk

__all__ = [
    "Happened",
    "NoteFields",
    "PracticeOutcome",
    "Theme",
    "Told",
    "announce_missed_contacts",
    "cancel_enquiries",
    "correct_intercurrent",
    "give_out_reviews",
    "lock_review",
    "miss_enquiry",
    "plan_contact_reminders",
    "plan_enquiries",
    "record_attempt",
    "record_contact",
    "record_enquiry",
    "record_intercurrent",
    "record_risk",
    "record_unscheduled_contact",
    "remind_of_enquiries",
    "review_boundaries",
    "sample_for_review",
    "sample_therapy",
    "index_recording",
    "Line",
    "sign_note",
    "write_note",
]
