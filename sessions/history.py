"""This room's part of a participant's history."""

from typing import TYPE_CHECKING, Any

from core.audit import RecordPart
from core.permissions import Permission
from sessions.models import (
    ConditionOverride,
    DischargeCheck,
    DistressRating,
    DoseRecord,
    DosingHold,
    DosingSession,
    MedicineGiven,
    ObservedEffect,
    RoomPresence,
    SessionNote,
    VitalSigns,
)

if TYPE_CHECKING:
    from patients.models import Participant

ENTRIES: dict[str, Any] = {
    "Vital signs": VitalSigns,
    "Dose decision": DoseRecord,
    "Observed effect": ObservedEffect,
    "Session note": SessionNote,
    "Distress": DistressRating,
    "Medicine": MedicineGiven,
    "Presence": RoomPresence,
    "Discharge check": DischargeCheck,
    "Override": ConditionOverride,
}


def record_parts(participant: "Participant") -> list[RecordPart]:
    """Returns the tables of this room; whoever takes the participant home is not named."""
    return [
        RecordPart("Dosing session", DosingSession.objects.filter(participant=participant), Permission.SESSION_VIEW),
        RecordPart("Dosing hold", DosingHold.objects.filter(participant=participant), Permission.SESSION_VIEW),
        *(
            RecordPart(
                label,
                model.objects.filter(session__participant=participant),
                Permission.SESSION_VIEW,
                hidden=frozenset({"escort_name"}),
            )
            for label, model in ENTRIES.items()
        ),
    ]
