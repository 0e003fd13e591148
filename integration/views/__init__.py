"""Pages of integration therapy and of the daily contacts."""

from integration.views.contacts import contact_detail, integration_list
from integration.views.notes import note_detail, note_review, risk_record

__all__ = ["contact_detail", "integration_list", "note_detail", "note_review", "risk_record"]
