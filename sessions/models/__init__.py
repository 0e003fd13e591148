"""The nouns of dosing sessions, one module for each part of the day."""

from sessions.models.after import HandOver, OvernightCheck, PaperSheet
from sessions.models.calendar import WEEKDAYS, Absence, CalendarFeed, WorkingDay
from sessions.models.course import (
    OVER,
    UNDER_EFFECT,
    ConditionOverride,
    DosingHold,
    DosingSession,
    SessionState,
    TrialHold,
)
from sessions.models.entries import (
    DischargeCheck,
    DistressRating,
    DoseRecord,
    MedicineGiven,
    ObservedEffect,
    RoomPresence,
    SessionNote,
    VitalSigns,
)
from sessions.models.entry import SessionEntry
from sessions.models.planning import Booking, Room
from sessions.models.preparation import PreparationAttendance, PreparatorySession
from sessions.models.privilege import PairSignOff, TherapistRest
from sessions.models.room import (
    ChecklistAnswer,
    EffectEnquiry,
    FluidIntake,
    PhysicianCall,
    RecordingMark,
    SettingMark,
    TouchEvent,
)
from sessions.models.stream import Capture, StreamPosition

__all__ = [
    "OVER",
    "UNDER_EFFECT",
    "WEEKDAYS",
    "Absence",
    "Booking",
    "CalendarFeed",
    "Capture",
    "ChecklistAnswer",
    "ConditionOverride",
    "DischargeCheck",
    "DistressRating",
    "DoseRecord",
    "DosingHold",
    "DosingSession",
    "EffectEnquiry",
    "FluidIntake",
    "HandOver",
    "MedicineGiven",
    "ObservedEffect",
    "OvernightCheck",
    "PairSignOff",
    "PaperSheet",
    "PhysicianCall",
    "PreparationAttendance",
    "PreparatorySession",
    "RecordingMark",
    "Room",
    "RoomPresence",
    "SessionEntry",
    "SessionNote",
    "SessionState",
    "SettingMark",
    "StreamPosition",
    "TherapistRest",
    "TouchEvent",
    "TrialHold",
    "VitalSigns",
    "WorkingDay",
]
