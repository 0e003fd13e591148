"""This room's part of a participant's history."""

from typing import TYPE_CHECKING

from core.audit import RecordPart
from core.permissions import Permission
from safety.models import (
    AdverseEvent,
    AdverseEventRevision,
    Alert,
    ClockStep,
    Deviation,
    HoldReview,
    Mention,
    ReportingClock,
)

if TYPE_CHECKING:
    from patients.models import Participant


def record_parts(participant: "Participant") -> list[RecordPart]:
    """Returns the tables of this room."""
    events = Permission.ADVERSE_EVENT_VIEW
    return [
        RecordPart("Adverse event", AdverseEvent.objects.filter(participant=participant), events, "number"),
        RecordPart(
            "Event revision", AdverseEventRevision.objects.filter(event__participant=participant), events, "number"
        ),
        RecordPart("Alert", Alert.objects.filter(participant=participant), events),
        RecordPart("Reporting clock", ReportingClock.objects.filter(event__participant=participant), events),
        RecordPart("Step of a clock", ClockStep.objects.filter(clock__event__participant=participant), events),
        RecordPart("Mention", Mention.objects.filter(participant=participant), Permission.NOTE_VIEW),
        RecordPart("Review of a hold", HoldReview.objects.filter(hold__participant=participant), events),
        RecordPart("Deviation", Deviation.objects.filter(participant=participant), Permission.DEVIATION_VIEW),
    ]
