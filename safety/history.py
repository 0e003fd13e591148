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
    DeviationAnalysis,
    EthicsReport,
    FindingDecision,
    HoldReview,
    Mention,
    QualityAction,
    ReportingClock,
)

if TYPE_CHECKING:
    from patients.models import Participant


def record_parts(participant: "Participant") -> list[RecordPart]:
    """Returns the tables of this room."""
    events, deviations = Permission.ADVERSE_EVENT_VIEW, Permission.DEVIATION_VIEW
    return [
        RecordPart("Adverse event", AdverseEvent.objects.filter(participant=participant), events, "number"),
        RecordPart(
            "Event revision", AdverseEventRevision.objects.filter(event__participant=participant), events, "number"
        ),
        RecordPart("Alert", Alert.objects.filter(participant=participant), events),
        RecordPart("Reporting clock", ReportingClock.objects.filter(event__participant=participant), events),
        RecordPart("Step of a clock", ClockStep.objects.filter(clock__event__participant=participant), events),
        RecordPart("Reconciliation", FindingDecision.objects.filter(participant=participant), events),
        RecordPart("Mention", Mention.objects.filter(participant=participant), Permission.NOTE_VIEW),
        RecordPart("Review of a hold", HoldReview.objects.filter(hold__participant=participant), events),
        RecordPart("Analysis", DeviationAnalysis.objects.filter(deviation__participant=participant), deviations),
        RecordPart("Action", QualityAction.objects.filter(deviation__participant=participant), deviations),
        RecordPart("Ethics board", EthicsReport.objects.filter(deviation__participant=participant), deviations),
        RecordPart("Deviation", Deviation.objects.filter(participant=participant), deviations),
    ]
