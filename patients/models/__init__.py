"""Participants: the coded person, the identity kept apart, consent, facts, eligibility and visits."""

from patients.models.campaign import ParticipantPreference, ReconsentCampaign
from patients.models.consent import Consent, ConsentWithdrawal, ContactConsent
from patients.models.eligibility import EligibilityAssessment, Randomisation
from patients.models.fact import Fact
from patients.models.identity import Identity, IdentityKey
from patients.models.lead import OPEN_LEADS, ContactAttempt, Lead, LeadState, PreScreen
from patients.models.participant import ACTIVE, Participant, ParticipantStatus
from patients.models.signing import ConsentSeal, ConsentSigning, ConsentStep, SigningState
from patients.models.visit import Visit, VisitProcedure, VisitState

__all__ = [
    "ACTIVE",
    "Consent",
    "ConsentSeal",
    "ConsentSigning",
    "ConsentStep",
    "ConsentWithdrawal",
    "ContactAttempt",
    "ContactConsent",
    "EligibilityAssessment",
    "Fact",
    "Identity",
    "IdentityKey",
    "Lead",
    "LeadState",
    "OPEN_LEADS",
    "Participant",
    "ParticipantPreference",
    "ParticipantStatus",
    "PreScreen",
    "Randomisation",
    "ReconsentCampaign",
    "SigningState",
    "Visit",
    "VisitProcedure",
    "VisitState",
]
