"""Forms of safety: shape and plausibility only; the actions decide. The protocol's words come from its version."""

from safety.forms.board import AcknowledgeForm, AnnualSentForm, MeetForm, TakeForm
from safety.forms.complaints import ClosingForm, ComplaintForm, PersonForm, SaidForm, StepForm, SuspensionForm
from safety.forms.deviations import DecisionForm, DeviationForm
from safety.forms.events import (
    CausalityForm,
    DayZeroForm,
    DeterminationForm,
    EventForm,
    NullifyForm,
    ParticipantForm,
    ReceiptForm,
    RefusalForm,
    ReportForm,
    RevisionForm,
    words,
)
from safety.forms.holds import HoldForm, HoldReviewForm
from safety.forms.listing import FindingForm, ListingForm, SaveListingForm
from safety.forms.mentions import DismissForm, LinkForm
from safety.forms.quality import ActionForm, AnalysisForm, CheckForm, EthicsForm, FinishForm

__all__ = [
    "AcknowledgeForm",
    "ActionForm",
    "AnalysisForm",
    "CausalityForm",
    "CheckForm",
    "ClosingForm",
    "ComplaintForm",
    "DayZeroForm",
    "DecisionForm",
    "DeterminationForm",
    "DeviationForm",
    "DismissForm",
    "EthicsForm",
    "EventForm",
    "FindingForm",
    "FinishForm",
    "HoldForm",
    "HoldReviewForm",
    "LinkForm",
    "ListingForm",
    "MeetForm",
    "NullifyForm",
    "ParticipantForm",
    "PersonForm",
    "ReceiptForm",
    "RefusalForm",
    "ReportForm",
    "RevisionForm",
    "SaidForm",
    "SaveListingForm",
    "StepForm",
    "SuspensionForm",
    "AnnualSentForm",
    "TakeForm",
    "words",
]
