"""This room's part of a participant's history."""

from typing import TYPE_CHECKING

from core.audit import RecordPart
from core.permissions import Permission
from integration.models import (
    FollowUpContact,
    HarmEnquiry,
    IntegrationNote,
    IntercurrentEvent,
    NoteAttendance,
    RiskScreen,
)

if TYPE_CHECKING:
    from patients.models import Participant


def record_parts(participant: "Participant") -> list[RecordPart]:
    """Returns the tables of this room: what was noted for those who read notes, contacts for those who make them."""
    notes, contacts = Permission.NOTE_VIEW, Permission.CONTACT_RECORD
    return [
        RecordPart("Integration note", IntegrationNote.objects.filter(participant=participant), notes),
        RecordPart("Attendance", NoteAttendance.objects.filter(note__participant=participant), notes),
        RecordPart("Risk screen", RiskScreen.objects.filter(participant=participant), contacts),
        RecordPart("Enquiry", HarmEnquiry.objects.filter(participant=participant), contacts),
        RecordPart("Intercurrent event", IntercurrentEvent.objects.filter(participant=participant), contacts),
        RecordPart("Contact", FollowUpContact.objects.filter(participant=participant), contacts),
    ]
