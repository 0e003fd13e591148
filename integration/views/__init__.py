"""Pages of integration therapy, of contacts and of enquiries about late harm."""

from integration.views.contacts import contact_detail, contact_unscheduled, integration_list
from integration.views.enquiries import enquiry_detail
from integration.views.notes import note_detail, note_review, risk_record

__all__ = [
    "contact_detail",
    "contact_unscheduled",
    "enquiry_detail",
    "integration_list",
    "note_detail",
    "note_review",
    "risk_record",
]
