"""Forms of eligibility and screen failure."""

from django import forms

from core.form_fields import ReasonField, SignaturePasswordField


class ScreenFailureForm(forms.Form):
    """Why a person does not go on."""

    reason = ReasonField(label="Why the person does not go on", max_length=300)


class EligibilitySignatureForm(forms.Form):
    """The investigator's signature on the verdict as shown."""

    assessment = forms.CharField(widget=forms.HiddenInput)
    shown_digest = forms.CharField(widget=forms.HiddenInput)
    password = SignaturePasswordField()
