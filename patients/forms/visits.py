"""Forms of a visit."""

from collections.abc import Mapping
from typing import Any

from django import forms

from core.form_fields import LONGEST_KEY, MomentField, ReasonField


class BookingForm(forms.Form):
    """When a visit takes place, inside its window."""

    starts_at = MomentField(label="Starts at")

    def __init__(self, *args: Any, zone: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["starts_at"].zone = zone  # type: ignore[attr-defined]


class MissedForm(forms.Form):
    """Why a visit did not take place."""

    kind = forms.ChoiceField(label="Why", error_messages={"required": "Choose why, as far as it is known."})
    reason = ReasonField(label="In words", max_length=300)

    def __init__(self, *args: Any, reasons: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["kind"].choices = [("", "Choose a reason"), *reasons.items()]
        if not reasons:
            fields.pop("kind")


class ProcedureForm(forms.Form):
    """What became of one procedure."""

    code = forms.CharField(max_length=LONGEST_KEY, widget=forms.HiddenInput)
    state = forms.ChoiceField(choices=[("done", "Done"), ("not_done", "Not done")], widget=forms.RadioSelect)
    reason = forms.CharField(label="Why not, if it was not done", max_length=300, required=False)
