"""Forms of eligibility and screen failure."""

from typing import Any

from django import forms

from core.form_fields import LONGEST_KEY, SignaturePasswordField
from protocol.definition import ProtocolDefinition


class ScreenFailureForm(forms.Form):
    """Why a person does not go on: what kind of reason, which criteria speak against it, and words."""

    category = forms.ChoiceField(label="What kind of reason")
    criteria = forms.MultipleChoiceField(
        label="Criteria that speak against it", widget=forms.CheckboxSelectMultiple, required=False
    )
    reason = forms.CharField(
        label="In words", widget=forms.Textarea(attrs={"rows": 2}), max_length=300, required=False,
        help_text="Needed where no criterion is ticked.",
    )  # fmt: skip

    def __init__(self, *args: Any, definition: ProtocolDefinition | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        if definition is None:
            # Before consent nobody is under a protocol, so that no criterion can speak.
            del self.fields["criteria"], self.fields["category"]
            fields["reason"].help_text = ""
            return
        reasons = definition.screening.failure_reasons or {"other": "Another reason"}
        fields["category"].choices = [("", "Choose"), *reasons.items()]
        rules = (*definition.inclusion, *definition.exclusion)
        fields["criteria"].choices = [(rule.code, f"{rule.code} {rule.text}") for rule in rules]

    def clean(self) -> dict[str, Any]:
        """Asks for a criterion or for words."""
        cleaned = super().clean() or {}
        if not cleaned.get("criteria") and not cleaned.get("reason", "").strip():
            self.add_error("reason", "Say why, in a few words, or tick a criterion.")
        return cleaned


class EligibilitySignatureForm(forms.Form):
    """The investigator's signature on the verdict as shown."""

    assessment = forms.CharField(max_length=LONGEST_KEY, widget=forms.HiddenInput)
    shown_digest = forms.CharField(max_length=LONGEST_KEY, widget=forms.HiddenInput)
    password = SignaturePasswordField()
