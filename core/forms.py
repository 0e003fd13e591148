"""Shape of what people enter about their own account."""

from typing import Any

from django import forms

from core.form_fields import SignaturePasswordField
from core.models import Person


def pin_field(label: str) -> forms.CharField:
    """Returns the box of a PIN."""
    attributes = {"inputmode": "numeric", "autocomplete": "off"}
    return forms.CharField(label=label, strip=True, max_length=6, widget=forms.PasswordInput(attrs=attributes))


class PinForm(forms.Form):
    """A PIN, twice, and the password that says whose it is."""

    pin = pin_field("PIN")
    again = pin_field("The same PIN again")
    password = SignaturePasswordField(error_messages={"required": "Enter your password."})

    def __init__(self, *args: Any, person: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.person = person
        self.fields["pin"].help_text = "Six digits. It opens a tablet again during a session; it signs nothing."

    def clean(self) -> dict[str, Any]:
        """Refuses two different PINs, and a wrong password."""
        entered: dict[str, Any] = super().clean() or {}
        if entered.get("pin") and entered.get("again") and entered["pin"] != entered["again"]:
            self.add_error("again", "The two PINs differ. Enter the same digits twice.")
        if entered.get("password") and not self.person.check_password(entered["password"]):
            self.add_error("password", "The password is not right.")
        return entered
