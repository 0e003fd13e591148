"""Forms of safety: shape and plausibility only; the actions decide. The protocol's words come from its version."""

from safety.forms.board import AcknowledgeForm, MeetForm, TakeForm
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
from safety.forms.mentions import DismissForm, LinkForm

__all__ = [
    "AcknowledgeForm",
    "CausalityForm",
    "DayZeroForm",
    "DecisionForm",
    "DeterminationForm",
    "DeviationForm",
    "DismissForm",
    "EventForm",
    "HoldForm",
    "HoldReviewForm",
    "LinkForm",
    "MeetForm",
    "NullifyForm",
    "ParticipantForm",
    "ReceiptForm",
    "RefusalForm",
    "ReportForm",
    "RevisionForm",
    "TakeForm",
    "words",
]
