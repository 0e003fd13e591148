"""Forms of re-consent campaigns, and of what a participant narrows."""

from typing import Any

from django import forms

from core.form_fields import NearDateField, ReasonField
from patients.queries import PreferenceNow


class CampaignForm(forms.Form):
    """Opens a campaign for a form that is in force."""

    form = forms.ChoiceField(label="Form that is to be signed")
    reason = ReasonField(label="What changed, for the participants")
    sign_by = NearDateField(label="To be signed by")

    def __init__(self, *args: Any, forms_in_force: dict[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["form"].choices = [("", "Choose a form"), *forms_in_force.items()]  # type: ignore[attr-defined]


class CloseCampaignForm(forms.Form):
    """Why a campaign ends."""

    reason = ReasonField()


class PreferenceForm(forms.Form):
    """How much of one thing the participant wants from now on."""

    level = forms.ChoiceField(widget=forms.RadioSelect)

    def __init__(self, *args: Any, now: PreferenceNow, **kwargs: Any) -> None:
        named: dict[str, Any] = {"prefix": now.code, "initial": {"level": now.level}}
        super().__init__(*args, **(kwargs | named))
        field: Any = self.fields["level"]
        field.label = now.name
        field.choices = [(level.code, level.text) for level in now.levels]
        if not now.agreed:
            field.help_text = "Not agreed to at consent: it stays at the narrowest."
