"""Participants: the coded person, the identity kept apart, consent, facts, eligibility and visits."""

from patients.models.campaign import ParticipantPreference, ReconsentCampaign
from patients.models.consent import Consent, ConsentWithdrawal, ContactConsent
from patients.models.eligibility import (
    EligibilityAssessment,
    EligibilityContradiction,
    Randomisation,
    ScreenFailure,
)
from patients.models.entry import HistoryEntry, Medicine, PriorTreatment, PriorUseEntry, ScreeningEntry
from patients.models.fact import Fact
from patients.models.identity import Identity, IdentityKey
from patients.models.judgement import ClinicalJudgement
from patients.models.lead import OPEN_LEADS, ContactAttempt, Lead, LeadState, PreScreen
from patients.models.participant import ACTIVE, Participant, ParticipantStatus
from patients.models.result import LabRange, Result, ResultFile, ResultLoad
from patients.models.signing import ConsentSeal, ConsentSigning, ConsentStep, SigningState
from patients.models.visit import Visit, VisitProcedure, VisitState

__all__ = [
    "ACTIVE",
    "ClinicalJudgement",
    "Consent",
    "ConsentSeal",
    "ConsentSigning",
    "ConsentStep",
    "ConsentWithdrawal",
    "ContactAttempt",
    "ContactConsent",
    "EligibilityAssessment",
    "EligibilityContradiction",
    "Fact",
    "HistoryEntry",
    "Identity",
    "IdentityKey",
    "LabRange",
    "Lead",
    "LeadState",
    "Medicine",
    "OPEN_LEADS",
    "Participant",
    "ParticipantPreference",
    "ParticipantStatus",
    "PreScreen",
    "PriorTreatment",
    "PriorUseEntry",
    "Randomisation",
    "ReconsentCampaign",
    "SigningState",
    "Result",
    "ResultFile",
    "ResultLoad",
    "ScreenFailure",
    "ScreeningEntry",
    "Visit",
    "VisitProcedure",
    "VisitState",
]
