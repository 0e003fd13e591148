"""Forms of holds: why dosing must stop, and what a review found."""

from typing import Any

from django import forms

from core.form_fields import LONGEST_NARRATIVE, ReasonField, SignaturePasswordField, SubmissionIdField
from safety.models import HoldReview


class HoldForm(forms.Form):
    """Why dosing must stop."""

    reason = ReasonField(
        label="Why dosing must stop",
        help_text="Everybody who treats the participant reads it. No name, and nothing about the treatment.",
    )


class HoldReviewForm(forms.Form):
    """What a review of a hold found, and whether the hold goes on; signed."""

    findings = forms.CharField(
        label="What was found",
        max_length=LONGEST_NARRATIVE,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": "Say what you found."},
    )
    decision = forms.ChoiceField(label="Decision", choices=HoldReview.DECISIONS, widget=forms.RadioSelect)
    reference = forms.CharField(label="Paper on which it rests", required=False, max_length=200)
    submission_id = SubmissionIdField()
    password = SignaturePasswordField()

    def __init__(self, *args: Any, may_end: bool, reference: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not may_end:
            # Whoever cannot end a hold is not offered it; the action refuses it besides.
            self.fields["decision"].choices = HoldReview.DECISIONS[:1]  # type: ignore[attr-defined]
            self.fields["decision"].initial = HoldReview.DECISIONS[0][0]
        if reference and may_end:
            self.fields["reference"].help_text = f"To end the hold: the {reference}."
        else:
            del self.fields["reference"]
