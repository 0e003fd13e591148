"""Nouns of safety: events with their revisions and clocks, alerts, deviations, and what the safety office keeps."""

from safety.models.annual import AnnualReport, AnnualStep
from safety.models.complaints import Complaint, ComplaintNamed, ComplaintReader, ComplaintStep
from safety.models.events import (
    AdverseEvent,
    AdverseEventRevision,
    Alert,
    ClockStep,
    Deviation,
    HoldReview,
    Mention,
    ReportingClock,
    SweptText,
)
from safety.models.office import EventLine, FindingDecision, SavedListing
from safety.models.quality import DeviationAnalysis, EthicsReport, QualityAction
from safety.models.regulators import RegulatorNotice

__all__ = [
    "AdverseEvent",
    "AdverseEventRevision",
    "Alert",
    "AnnualReport",
    "AnnualStep",
    "ClockStep",
    "Complaint",
    "ComplaintNamed",
    "ComplaintReader",
    "ComplaintStep",
    "Deviation",
    "DeviationAnalysis",
    "EthicsReport",
    "EventLine",
    "FindingDecision",
    "HoldReview",
    "Mention",
    "QualityAction",
    "RegulatorNotice",
    "ReportingClock",
    "SavedListing",
    "SweptText",
]
