"""Forms of consent, contact and withdrawal."""

from datetime import datetime
from typing import Any

from django import forms

from core.form_fields import LONGEST_REASON, MomentField, SignaturePasswordField
from patients.forms.leads import YES_NO
from patients.models import ConsentWithdrawal
from protocol.definition import ConsentOption


class PaperForm(forms.Form):
    """A consent signed on paper: when, each option as it was ticked there, and the scan."""

    paper = forms.FileField(
        label="Scan of every page of the signed paper",
        help_text="PDF, JPEG or PNG, at most 10 MB. It is kept sealed, as it shows name and signature.",
        widget=forms.ClearableFileInput(attrs={"accept": "application/pdf,image/jpeg,image/png"}),
    )
    signed_at = MomentField(label="Signed by the participant at")
    contact_by_email = forms.TypedChoiceField(
        label="May we write by e-mail?", choices=YES_NO, widget=forms.RadioSelect, coerce=lambda text: text == "true"
    )

    def __init__(self, *args: Any, options: tuple[ConsentOption, ...], zone: str, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.options = options
        moment: Any = self.fields["signed_at"]
        moment.zone, moment.not_after = zone, now
        for option in options:
            self.fields[f"option_{option.code}"] = forms.TypedChoiceField(
                label=option.text,
                choices=YES_NO,
                widget=forms.RadioSelect,
                coerce=lambda text: text == "true",
                help_text="Needed to take part." if option.required else "Free to choose.",
            )
        self.fields["password"] = SignaturePasswordField()

    @property
    def answers(self) -> dict[str, bool]:
        """Returns the answer to each option by its code."""
        return {option.code: self.cleaned_data[f"option_{option.code}"] for option in self.options}


class ContactForm(forms.Form):
    """Whether the participant may be written to; the latest answer counts."""

    given = forms.TypedChoiceField(
        label="May we write by e-mail?", choices=YES_NO, widget=forms.RadioSelect, coerce=lambda text: text == "true"
    )


class WithdrawalForm(forms.Form):
    """What the participant withdraws; the reason is free to give."""

    scope = forms.ChoiceField(label="What is withdrawn", choices=ConsentWithdrawal.SCOPES, widget=forms.RadioSelect)
    reason = forms.CharField(
        label="Reason, if one was given",
        max_length=LONGEST_REASON,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
