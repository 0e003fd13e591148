"""Forms of the room: shape and plausibility; they never save."""

from patients.forms.campaigns import CampaignForm, CloseCampaignForm, PreferenceForm
from patients.forms.consent import ContactForm, PaperForm, WithdrawalForm
from patients.forms.eligibility import EligibilitySignatureForm, ScreenFailureForm
from patients.forms.facts import REASON_FOR, CorrectionForm, FactsForm, WashoutForm, field_of
from patients.forms.leads import YES_NO, AttemptForm, CloseLeadForm, LeadForm, LeadReasonForm, PlaceForm, PreScreenForm
from patients.forms.participants import ErasureForm, IdentityForm, ParticipantForm
from patients.forms.signing import CompleteForm, StartSigningForm, StopSigningForm, TalkedForm, UnlockForm
from patients.forms.visits import BookingForm, MissedForm, ProcedureForm

__all__ = [
    "AttemptForm",
    "BookingForm",
    "CampaignForm",
    "CloseCampaignForm",
    "CloseLeadForm",
    "CompleteForm",
    "ContactForm",
    "CorrectionForm",
    "EligibilitySignatureForm",
    "ErasureForm",
    "FactsForm",
    "IdentityForm",
    "LeadForm",
    "LeadReasonForm",
    "MissedForm",
    "PaperForm",
    "ParticipantForm",
    "PlaceForm",
    "PreScreenForm",
    "PreferenceForm",
    "ProcedureForm",
    "REASON_FOR",
    "ScreenFailureForm",
    "StartSigningForm",
    "StopSigningForm",
    "TalkedForm",
    "UnlockForm",
    "WashoutForm",
    "WithdrawalForm",
    "YES_NO",
    "field_of",
]
