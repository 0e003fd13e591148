"""Forms of staff around a signing on the tablet; what the participant fills in is checked by the action itself."""

from typing import Any

from django import forms

from core.form_fields import LONGEST_KEY, SignaturePasswordField

ALONE = [
    ("true", "Reads the form alone"),
    ("false", "Cannot read it: it is read aloud, and an impartial witness signs"),
]


class StartSigningForm(forms.Form):
    """In which language the participant reads, and whether alone."""

    language = forms.ChoiceField(label="Language of the form", widget=forms.RadioSelect)
    reads_alone = forms.TypedChoiceField(
        label="The participant", choices=ALONE, widget=forms.RadioSelect, coerce=lambda text: text == "true"
    )

    def __init__(self, *args: Any, languages: dict[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["language"].choices = list(languages.items())  # type: ignore[attr-defined]


class UnlockForm(forms.Form):
    """The password that takes the tablet back."""

    password = SignaturePasswordField(
        label="Your password", error_messages={"required": "Enter your password to take the tablet back."}
    )


class TalkedForm(forms.Form):
    """Confirms that a part was talked over."""

    password = SignaturePasswordField(error_messages={"required": "Enter your password to confirm."})


class CompleteForm(forms.Form):
    """Signs what the participant signed, and a witness with the own credential where one is needed."""

    shown_digest = forms.CharField(max_length=LONGEST_KEY, widget=forms.HiddenInput)
    password = SignaturePasswordField()

    def __init__(self, *args: Any, needs_witness: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if needs_witness:
            self.fields["witness"] = forms.CharField(
                label="User name of the impartial witness",
                max_length=150,
                widget=forms.TextInput(attrs={"autocomplete": "off"}),
            )
            self.fields["witness_password"] = SignaturePasswordField(
                label="The witness's own password", widget=forms.PasswordInput(attrs={"autocomplete": "off"})
            )


class StopSigningForm(forms.Form):
    """Why a signing is stopped."""

    reason = forms.CharField(label="Why it is stopped", max_length=300)
