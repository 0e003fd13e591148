"""Shape of what is typed during a session; limits of plausibility are the protocol's, and the action asks them."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django import forms

from core.form_fields import CountField, MeasureField, MomentField, ReasonField, SubmissionIdField
from core.models import Person
from sessions.models import ObservedEffect, SessionEntry

YES_NO = [("true", "Yes"), ("false", "No")]


def yes_or_no(label: str) -> forms.TypedChoiceField:
    """Returns a question that must be answered with yes or no."""
    return forms.TypedChoiceField(
        label=label, choices=YES_NO, widget=forms.RadioSelect, coerce=lambda text: text == "true"
    )


class EntryForm(forms.Form):
    """What every entry has: its own submission, and when it was observed; now unless it is set back."""

    submission_id = SubmissionIdField()
    observed_at = MomentField(label="Observed at", required=False)

    def __init__(self, *args: Any, zone: str, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # The time is now in most cases: it stands last, and first come the values.
        self.order_fields([name for name in self.fields if name != "observed_at"])
        moment: Any = self.fields["observed_at"]
        moment.zone, moment.not_after = zone, now
        moment.help_text = "Empty means now."
        self.now = now

    @property
    def stamp(self) -> dict[str, Any]:
        """Returns the submission and the moment of observation."""
        entered = self.cleaned_data
        return {"submission_id": entered["submission_id"], "observed_at": entered["observed_at"] or self.now}


class VitalsForm(EntryForm):
    """One set; every sign may be left out, but not all."""

    systolic_mmhg = CountField(label="Systolic", unit="mmHg", required=False)
    diastolic_mmhg = CountField(label="Diastolic", unit="mmHg", required=False)
    heart_rate_bpm = CountField(label="Heart rate", unit="bpm", required=False)
    temperature_c = MeasureField(label="Temperature", unit="°C", required=False)
    chest_pain = forms.BooleanField(label="Chest pain", required=False)


class EffectForm(EntryForm):
    """Something observed in own words; the grid sends a code instead."""

    code = forms.CharField(widget=forms.HiddenInput, required=False)
    term = forms.CharField(label="In your own words", max_length=120, required=False)
    valence = forms.ChoiceField(label="How it was felt", choices=ObservedEffect.VALENCES, required=False)


class NoteForm(EntryForm):
    """A note."""

    text = forms.CharField(label="Note", widget=forms.Textarea(attrs={"rows": 3}))


class DistressForm(EntryForm):
    """A rating of distress."""

    score = CountField(label="SUDS")


class MedicineForm(EntryForm):
    """A medicine other than the study drug."""

    name = forms.CharField(label="Medicine", max_length=120)
    amount = forms.CharField(label="Amount", max_length=60)
    indication = forms.CharField(label="Why", max_length=200, required=False)


class PresenceForm(EntryForm):
    """Somebody enters or leaves."""

    person = forms.ModelChoiceField(queryset=Person.objects.none(), empty_label=None)
    direction = forms.ChoiceField(choices=[("in", "Entered"), ("out", "Left")], widget=forms.RadioSelect)

    def __init__(self, *args: Any, people: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].queryset = people  # type: ignore[attr-defined]


class SecondPersonForm(EntryForm):
    """A decision of two: the other one in the room confirms with the own password."""

    second_person = forms.ModelChoiceField(label="Second person", queryset=Person.objects.none(), empty_label=None)
    second_password = forms.CharField(
        label="Password of the second person",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, people: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["second_person"].queryset = people  # type: ignore[attr-defined]


class InitialDoseForm(SecondPersonForm):
    """The initial dose is given."""

    kit_number = forms.CharField(label="Kit number", max_length=20, help_text="Scan it, or type it from the kit.")


class SupplementalForm(SecondPersonForm):
    """The one decision on the supplemental dose."""

    decision = forms.ChoiceField(
        choices=[("given", "Give"), ("withheld", "Withhold"), ("declined", "Declined by the participant")],
        widget=forms.RadioSelect,
    )
    participant_agrees = yes_or_no("Does the participant wish it?")
    clinician_contraindication = yes_or_no("Does a clinician judge it contraindicated?")
    kit_number = forms.CharField(label="Kit number, if it is given", max_length=20, required=False)
    reason = forms.CharField(label="Reason, if it is not given", max_length=300, required=False)

    @property
    def answers(self) -> dict[str, bool]:
        """Returns what the pair answered, by the protocol's names."""
        return {name: self.cleaned_data[name] for name in ("participant_agrees", "clinician_contraindication")}


class DischargeForm(EntryForm):
    """The protocol's questions before the participant may leave."""

    escort_name = forms.CharField(label="Who takes over", max_length=120)

    def __init__(self, *args: Any, questions: Iterable[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.questions = tuple(questions)
        for name in self.questions:
            self.fields[name] = yes_or_no(name.replace("_", " ").capitalize())

    @property
    def answers(self) -> dict[str, bool]:
        """Returns the answers by variable."""
        return {name: self.cleaned_data[name] for name in self.questions}


class OverrideForm(forms.Form):
    """A signed decision to go past one condition."""

    condition = forms.CharField(widget=forms.HiddenInput)
    reason = ReasonField(max_length=300)
    password = forms.CharField(label="Your password", strip=False, widget=forms.PasswordInput)


class WithdrawForm(forms.Form):
    """Why an entry is taken back."""

    submission_id = SubmissionIdField()
    reason = ReasonField(max_length=300, label="Why it is taken back")


class AbandonForm(forms.Form):
    """Why no dose is given today."""

    reason = ReasonField(max_length=300, label="Why no dose is given")


def correction_of(form: EntryForm, entry: SessionEntry) -> EntryForm:
    """Returns the form of an entry's kind, filled with the entry as it stands, and asking why it is corrected."""
    for name, field in form.fields.items():
        if hasattr(entry, name) and name != "submission_id":
            field.initial = getattr(entry, name)
    form.fields["observed_at"].help_text = "Empty leaves the time as it was."
    form.fields["reason"] = ReasonField(max_length=300, label="Why it is corrected")
    return form
