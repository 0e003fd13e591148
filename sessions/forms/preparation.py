"""What is typed about a preparatory session; a draft may be incomplete, a signature needs everything."""

from datetime import datetime
from typing import Any

from django import forms

from core.form_fields import (
    LONGEST_KEY,
    LONGEST_NARRATIVE,
    CountField,
    MomentField,
    ReasonField,
    SignaturePasswordField,
)
from protocol.conduct import AgendaItem
from sessions.actions import PreparationFields
from sessions.models import PreparatorySession
from sessions.models.preparation import TAPER

LONGEST_MIN = 600


def _text(label: str, *, rows: int = 2, hint: str = "") -> forms.CharField:
    box = forms.Textarea(attrs={"rows": rows})
    return forms.CharField(label=label, required=False, max_length=LONGEST_NARRATIVE, help_text=hint, widget=box)


def _line(label: str, *, longest: int, hint: str = "") -> forms.CharField:
    return forms.CharField(label=label, required=False, max_length=longest, help_text=hint)


class PreparationForm(forms.Form):
    """The record of a preparatory session."""

    seen_version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    held_at = MomentField(label="Held at")
    minutes = CountField(label="Length", unit="min", required=False, min_value=1, max_value=LONGEST_MIN)
    present = forms.TypedMultipleChoiceField(
        label="Therapists present", coerce=int, required=False, widget=forms.CheckboxSelectMultiple
    )
    agenda = forms.MultipleChoiceField(label="Spoken about", required=False, widget=forms.CheckboxSelectMultiple)
    safety_plan = _text("Safety plan", rows=4, hint="Warning signs, what helps, whom to call.")
    touch_reviewed = forms.BooleanField(label="Consent to touch read again together", required=False)
    touch_limits = _text("Touch: what is welcome, what is not", hint="It cannot be widened in a dosing session.")
    stop_word = _line("Stop word", longest=40)
    recording_reviewed = forms.BooleanField(label="Consent to recording read again together", required=False)
    expectancy = CountField(label="How much the participant expects it to help", required=False)
    taper = forms.ChoiceField(label="Taper", choices=[("", "Not checked yet"), *TAPER], required=False)
    medicines = _line("Medicines taken now", longest=300, hint="Write “None” if there are none.")
    allergies = _line("Allergies", longest=300, hint="Write “None” if there are none.")
    note = _text("Note", rows=5)

    def __init__(
        self,
        *args: Any,
        agenda: tuple[AgendaItem, ...],
        therapists: list[tuple[int, str]],
        scale: tuple[int, int],
        zone: str,
        now: datetime,
        signed: bool,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["agenda"].choices = [(item.code, item.text) for item in agenda]
        fields["present"].choices = therapists
        fields["held_at"].zone, fields["held_at"].not_after = zone, now
        fields["expectancy"].help_text = f"From {scale[0]} to {scale[1]}, asked in own words."
        if signed:
            fields["reason"] = ReasonField(max_length=300, label="Why the signed record is changed")

    @property
    def preparation_fields(self) -> PreparationFields:
        """Returns what was typed."""
        entered = self.cleaned_data
        names = [name for name in PreparationFields.__dataclass_fields__ if name not in ("present", "agenda")]
        return PreparationFields(
            **{name: entered[name] for name in names},
            present=frozenset(entered["present"]),
            agenda=tuple(entered["agenda"]),
        )

    @staticmethod
    def initial_of(preparation: PreparatorySession) -> dict[str, Any]:
        """Returns the record as the form shows it."""
        names = [name for name in PreparationFields.__dataclass_fields__ if name != "present"]
        present = preparation.attendances.filter(present=True).values_list("person_id", flat=True)
        return {name: getattr(preparation, name) for name in names} | {
            "present": list(present),
            "seen_version": preparation.version,
        }


class SignPreparationForm(forms.Form):
    """The signature of a therapist who was present."""

    shown_digest = forms.CharField(max_length=LONGEST_KEY, widget=forms.HiddenInput)
    password = SignaturePasswordField()
