"""Forms of the room: shape and plausibility; they never save."""

from patients.forms.consent import ConsentForm, ContactForm, WithdrawalForm
from patients.forms.eligibility import EligibilitySignatureForm, ScreenFailureForm
from patients.forms.facts import REASON_FOR, CorrectionForm, FactsForm, WashoutForm, field_of
from patients.forms.leads import YES_NO, AttemptForm, CloseLeadForm, LeadForm, LeadReasonForm, PlaceForm, PreScreenForm
from patients.forms.participants import ErasureForm, IdentityForm, ParticipantForm
from patients.forms.visits import BookingForm, MissedForm, ProcedureForm

__all__ = [
    "AttemptForm",
    "BookingForm",
    "CloseLeadForm",
    "ConsentForm",
    "ContactForm",
    "CorrectionForm",
    "EligibilitySignatureForm",
    "ErasureForm",
    "FactsForm",
    "IdentityForm",
    "LeadForm",
    "LeadReasonForm",
    "MissedForm",
    "ParticipantForm",
    "PlaceForm",
    "PreScreenForm",
    "ProcedureForm",
    "REASON_FOR",
    "ScreenFailureForm",
    "WashoutForm",
    "WithdrawalForm",
    "YES_NO",
    "field_of",
]
