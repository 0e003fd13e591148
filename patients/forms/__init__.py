"""Forms of the room: shape and plausibility; they never save."""

from patients.forms.campaigns import CampaignForm, CloseCampaignForm, PreferenceForm
from patients.forms.consent import ContactForm, PaperForm, WithdrawalForm
from patients.forms.eligibility import EligibilitySignatureForm, ScreenFailureForm
from patients.forms.entries import FORMS, EntryForm, MedicineForm, WashoutForm, WithdrawEntryForm, form_for
from patients.forms.facts import REASON_FOR, CorrectionForm, FactsForm, field_of
from patients.forms.judgements import JudgementForm
from patients.forms.leads import YES_NO, AttemptForm, CloseLeadForm, LeadForm, LeadReasonForm, PlaceForm, PreScreenForm
from patients.forms.participants import ErasureForm, IdentityForm, ParticipantForm
from patients.forms.results import RangeForm, ResultFileForm, ResultsForm
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
    "EntryForm",
    "ErasureForm",
    "FORMS",
    "FactsForm",
    "IdentityForm",
    "JudgementForm",
    "LeadForm",
    "LeadReasonForm",
    "MedicineForm",
    "MissedForm",
    "PaperForm",
    "ParticipantForm",
    "PlaceForm",
    "PreScreenForm",
    "PreferenceForm",
    "ProcedureForm",
    "REASON_FOR",
    "RangeForm",
    "ResultFileForm",
    "ResultsForm",
    "ScreenFailureForm",
    "StartSigningForm",
    "StopSigningForm",
    "TalkedForm",
    "UnlockForm",
    "WashoutForm",
    "WithdrawEntryForm",
    "WithdrawalForm",
    "YES_NO",
    "field_of",
    "form_for",
]
