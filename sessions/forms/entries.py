"""What is typed during a session; limits of plausibility are the protocol's, and the action asks them."""

from datetime import datetime
from typing import Any

from django import forms

from core.form_fields import (
    LONGEST_KEY,
    LONGEST_NARRATIVE,
    CountField,
    MeasureField,
    MomentField,
    ReasonField,
    SubmissionIdField,
)
from core.models import Person
from sessions.models import ObservedEffect, SessionEntry

YES_NO = [("true", "Yes"), ("false", "No")]


def yes_or_no(label: str) -> forms.TypedChoiceField:
    """Returns a question that must be answered with yes or no."""
    return forms.TypedChoiceField(
        label=label, choices=YES_NO, widget=forms.RadioSelect, coerce=lambda text: text == "true"
    )


class EntryForm(forms.Form):
    """What every entry has: its own submission, and when it was observed; at the first tap unless it is set back."""

    submission_id = SubmissionIdField()
    tapped_at = forms.DateTimeField(widget=forms.HiddenInput, required=False)
    observed_at = MomentField(label="Observed at", required=False)

    def __init__(self, *args: Any, zone: str, now: datetime, late: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if late:
            self.fields["late_reason"] = ReasonField(max_length=300, label="Why this entry comes late")
        # The time is that of the tap in most cases: it stands last, and first come the values.
        self.order_fields([name for name in self.fields if name != "observed_at"])
        moment: Any = self.fields["observed_at"]
        moment.zone, moment.not_after = zone, now
        moment.help_text = "Empty means the moment at which this form was opened."
        self.fields["tapped_at"].initial = now.isoformat()
        self.now = now

    @property
    def stamp(self) -> dict[str, Any]:
        """Returns the submission, the moment of observation, and why it comes late if it does."""
        entered = self.cleaned_data
        tapped_at = min(entered.get("tapped_at") or self.now, self.now)
        found = {"submission_id": entered["submission_id"], "observed_at": entered["observed_at"] or tapped_at}
        return found | ({"late_reason": entered["late_reason"]} if "late_reason" in entered else {})


class VitalsForm(EntryForm):
    """One set; every sign may be left out, but not all."""

    systolic_mmhg = CountField(label="Systolic", unit="mmHg", required=False)
    diastolic_mmhg = CountField(label="Diastolic", unit="mmHg", required=False)
    heart_rate_bpm = CountField(label="Heart rate", unit="bpm", required=False)
    temperature_c = MeasureField(label="Temperature", unit="°C", required=False)
    chest_pain = forms.BooleanField(label="Chest pain", required=False)


class EffectForm(EntryForm):
    """Something observed in own words; the grid sends a code instead."""

    code = forms.CharField(max_length=LONGEST_KEY, widget=forms.HiddenInput, required=False)
    term = forms.CharField(label="In your own words", max_length=120, required=False)
    valence = forms.ChoiceField(label="How it was felt", choices=ObservedEffect.VALENCES, required=False)


class NoteForm(EntryForm):
    """A note."""

    text = forms.CharField(label="Note", max_length=LONGEST_NARRATIVE, widget=forms.Textarea(attrs={"rows": 3}))


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


class SubmissionForm(forms.Form):
    """Nothing but which submission it is."""

    submission_id = SubmissionIdField()


class DescribeForm(SubmissionForm):
    """How something observed was felt, and how strong it was."""

    valence = forms.ChoiceField(choices=ObservedEffect.VALENCES[1:])
    severity = forms.ChoiceField(choices=ObservedEffect.SEVERITIES, required=False)


class WithdrawForm(forms.Form):
    """Why an entry is taken back."""

    submission_id = SubmissionIdField()
    reason = ReasonField(max_length=300, label="Why it is taken back")


def correction_of(form: EntryForm, entry: SessionEntry) -> EntryForm:
    """Returns the form of an entry's kind, filled with the entry as it stands, and asking why it is corrected."""
    for name in ("tapped_at", "late_reason"):
        form.fields.pop(name, None)
    for name, field in form.fields.items():
        if hasattr(entry, name) and name != "submission_id":
            field.initial = getattr(entry, name)
    form.fields["observed_at"].help_text = "Empty leaves the time as it was."
    form.fields["reason"] = ReasonField(max_length=300, label="Why it is corrected")
    return form
