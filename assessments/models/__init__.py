"""Nouns of this room: instruments captured item by item, and what is told of the blind."""

from assessments.models.assessments import (
    SOURCES,
    Assessment,
    AssessmentScore,
    AssessmentState,
    CheckConfirmation,
    ItemCorrection,
    ItemValue,
)
from assessments.models.blinding import ArmGuess, IncidentAssessment, UnblindingIncident
from assessments.models.forms import FormDraft, FormVersion
from assessments.models.releases import RatingRelease
from assessments.models.wording import ItemText

__all__ = [
    "ArmGuess",
    "Assessment",
    "AssessmentScore",
    "AssessmentState",
    "CheckConfirmation",
    "FormDraft",
    "FormVersion",
    "IncidentAssessment",
    "ItemCorrection",
    "ItemText",
    "ItemValue",
    "RatingRelease",
    "SOURCES",
    "UnblindingIncident",
]
