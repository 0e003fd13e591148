"""Pages of integration therapy, of contacts and of enquiries about late harm."""

from integration.views.adherence import (
    adherence_board,
    pair_sign_off,
    rest_restore,
    review_detail,
    review_list,
)
from integration.views.contacts import contact_detail, contact_unscheduled, integration_list
from integration.views.durability import follow_up_list, intercurrent_change, intercurrent_list, tracing_detail
from integration.views.enquiries import enquiry_detail
from integration.views.notes import note_detail, note_review, risk_record
from integration.views.recordings import recording_detail

__all__ = [
    "adherence_board",
    "contact_detail",
    "contact_unscheduled",
    "enquiry_detail",
    "follow_up_list",
    "integration_list",
    "intercurrent_change",
    "intercurrent_list",
    "note_detail",
    "note_review",
    "pair_sign_off",
    "recording_detail",
    "rest_restore",
    "review_detail",
    "review_list",
    "risk_record",
    "tracing_detail",
]
