"""Forms of the sweep: which event a sentence tells, or why none."""

from typing import Any

from django import forms

from core.form_fields import ReasonField


class LinkForm(forms.Form):
    """The event on record that a sentence tells."""

    event = forms.ChoiceField(label="The event that it tells")

    def __init__(self, *args: Any, events: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["event"].choices = [("", "Choose the event"), *events]  # type: ignore[attr-defined]


class DismissForm(forms.Form):
    """Why a sentence tells no event."""

    reason = ReasonField(label="Why it is no event")
