"""Forms of the trial's own administration: shape and plausibility only."""

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db.models import QuerySet

from core.form_fields import MomentField, NearDateField, ReasonField, SignaturePasswordField
from core.models import Person
from core.roles import ROLES, Role
from trials.models import Site

USERNAME = RegexValidator(r"^[a-z][a-z0-9._-]{2,79}$", "Use small letters, digits, dots and hyphens, three at least.")


class SignForm(forms.Form):
    """Signs exactly what was shown."""

    seen_digest = forms.CharField(widget=forms.HiddenInput)
    password = SignaturePasswordField()


class ApproveForm(forms.Form):
    """Approves one row of the delegation log."""

    password = SignaturePasswordField()


class DelegateForm(forms.Form):
    """Proposes a duty for a person of the site."""

    person = forms.ModelChoiceField(Person.objects.none(), empty_label="Choose a person")
    duty = forms.ChoiceField()
    starts_on = NearDateField(label="From")
    ends_on = NearDateField(label="To", required=False)
    trained_on = NearDateField(label="Training completed on", required=False, help_text="Needed before the approval.")

    def __init__(self, *args: Any, people: QuerySet[Person], duties: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].queryset = people  # type: ignore[attr-defined]
        self.fields["duty"].choices = [("", "Choose a duty"), *duties]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Refuses an end before the start."""
        entered: dict[str, Any] = super().clean() or {}
        start, end = entered.get("starts_on"), entered.get("ends_on")
        if start and end and end < start:
            self.add_error("ends_on", "The duty cannot end before it begins.")
        return entered


class EndForm(forms.Form):
    """Ends a duty on a day."""

    ends_on = NearDateField(label="Last day")
    reason = ReasonField()


class InviteForm(forms.Form):
    """Adds somebody who will choose the own password by a link."""

    display_name = forms.CharField(label="Name", max_length=120, help_text="As it is printed beside signatures.")
    username = forms.CharField(label="User name", max_length=80, validators=[USERNAME])
    email = forms.EmailField(label="E-mail")
    zone = forms.CharField(label="Time zone", initial="UTC", help_text="For example Europe/Lisbon.")

    def clean_zone(self) -> str:
        """Refuses a zone that does not exist."""
        zone: str = self.cleaned_data["zone"].strip()
        if zone not in available_timezones():
            raise ValidationError(f"“{zone}” is no time zone. Use a name such as Europe/Lisbon.")
        return zone


class GrantForm(forms.Form):
    """Gives a role, at one site or everywhere, from one moment to another."""

    role = forms.ChoiceField(
        widget=forms.RadioSelect,
        choices=[(role.value, f"{role.label}. {ROLES[role].sentence}") for role in Role if role is not Role.SYSTEM],
    )
    site = forms.ModelChoiceField(Site.objects.none(), required=False, empty_label="Every site")
    starts_at = MomentField(label="From")
    ends_at = MomentField(label="To", required=False)

    def __init__(self, *args: Any, sites: QuerySet[Site], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["site"].queryset = sites  # type: ignore[attr-defined]


class ReasonForm(forms.Form):
    """Asks why a role or an account ends."""

    reason = ReasonField()
