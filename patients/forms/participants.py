"""Forms about a participant and who it is."""

from datetime import date
from typing import Any

from django import forms

from core.form_fields import LONGEST_KEY, NearDateField, ReasonField, SignaturePasswordField
from trials.models import Site


class ParticipantForm(forms.Form):
    """First contact: who it is goes to the vault, the rest to the coded record."""

    site = forms.ModelChoiceField(queryset=Site.objects.none(), empty_label=None)
    name = forms.CharField(max_length=120, help_text="Kept apart from all data; each reading is logged.")
    born_on = NearDateField(label="Birth date")
    email = forms.EmailField(label="E-mail", required=False)
    phone = forms.CharField(max_length=40, required=False)
    first_contact_on = NearDateField(label="First contact on")
    comes_again = forms.BooleanField(
        label="Another person, or the same one who comes again", required=False, widget=forms.HiddenInput
    )

    def __init__(self, *args: Any, sites: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["site"].queryset = sites  # type: ignore[attr-defined]
        self.fields["first_contact_on"].latest = today  # type: ignore[attr-defined]
        self.fields["born_on"].latest = today  # type: ignore[attr-defined]

    def ask_whether_the_person_comes_again(self) -> None:
        """Shows the box that nobody sees until the same name and birth date were found."""
        self.fields["comes_again"].widget = forms.CheckboxInput()


class IdentityForm(forms.Form):
    """Who a lead is; the reason stands in the record and must name nobody. `seen` tells what was looked at."""

    seen = forms.CharField(max_length=LONGEST_KEY, widget=forms.HiddenInput, required=False)
    name = forms.CharField(max_length=120)
    phone = forms.CharField(max_length=40, required=False)
    email = forms.EmailField(label="E-mail", required=False)
    born_on = NearDateField(label="Birth date", required=False)
    reason = ReasonField(label="Why it changes", max_length=300, help_text="Name nobody here: it stays in the record.")

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["born_on"].latest = today  # type: ignore[attr-defined]

    @property
    def details(self) -> dict[str, Any]:
        """Returns the fields of the identity."""
        return {name: self.cleaned_data[name] for name in ("name", "phone", "email", "born_on")}


class ErasureForm(forms.Form):
    """Why an identity is erased for good, and the password of whoever does it."""

    reason = ReasonField(
        label="Why it is erased", max_length=300, help_text="Name nobody here: it stays in the record."
    )
    password = SignaturePasswordField(error_messages={"required": "Enter your password to erase."})
