"""Forms of deviations: recorded by hand, decided by a person."""

from datetime import datetime
from typing import Any

from django import forms

from core.form_fields import LONGEST_NARRATIVE, MomentField, ReasonField, SubmissionIdField
from safety.models import Deviation


class DeviationForm(forms.Form):
    """A departure from the protocol that somebody noticed."""

    category = forms.CharField(label="What departed from the protocol", max_length=60)
    description = forms.CharField(
        label="Description", max_length=LONGEST_NARRATIVE, widget=forms.Textarea(attrs={"rows": 4})
    )
    importance = forms.ChoiceField(
        label="Importance",
        choices=Deviation.IMPORTANCE,
        widget=forms.RadioSelect,
        help_text="Important: it may bear on safety, rights or the reliability of the data.",
    )
    visit = forms.ChoiceField(label="Visit", required=False)
    occurred_at = MomentField(label="When it happened")
    submission_id = SubmissionIdField()

    def __init__(self, *args: Any, visits: list[Any], zone: str, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.visits = {visit.public_id: visit for visit in visits}
        options = [("", "None"), *((key, str(visit)) for key, visit in self.visits.items())]
        self.fields["visit"].choices = options  # type: ignore[attr-defined]
        self.fields["occurred_at"].zone = zone  # type: ignore[attr-defined]
        self.fields["occurred_at"].not_after = now  # type: ignore[attr-defined]


class DecisionForm(forms.Form):
    """Whether a candidate is a deviation, and why."""

    importance = forms.ChoiceField(label="Importance", choices=Deviation.IMPORTANCE, widget=forms.RadioSelect)
    reason = ReasonField()
