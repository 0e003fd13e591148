"""Forms of the screening record: history, earlier treatments, earlier use, medicines. Shape only; the verbs judge."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any

from django import forms

from core.clock import local_date
from core.form_fields import (
    CountField,
    MeasureField,
    MomentField,
    NearDateField,
    PartialDateField,
    ReasonField,
    SubmissionIdField,
)
from patients.actions import EntryDetails, HistoryDetails, MedicineDetails, TreatmentDetails, UseDetails
from patients.models import HistoryEntry, ScreeningEntry
from protocol.definition import ProtocolDefinition

UNLISTED = "another"
Choices = list[tuple[str, str]]


class EntryForm(forms.Form):
    """The base of the forms: when it was asked, from where, and the id that makes one form one row."""

    details: type[EntryDetails]

    observed_at = MomentField(label="Asked at")
    source = forms.CharField(
        max_length=120, help_text="Where it comes from, for example “Participant” or “Letter of the physician”."
    )
    submission_id = SubmissionIdField()

    def __init__(self, *args: Any, definition: ProtocolDefinition, zone: str, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.definition, self.today = definition, local_date(now, zone=zone)
        moment: Any = self.fields["observed_at"]
        moment.zone, moment.not_after = zone, now
        self.prepare()
        last = ["note", "observed_at", "source", "submission_id"]
        self.order_fields([*(name for name in self.fields if name not in last), *last])

    def prepare(self) -> None:
        """Fills in what depends on the protocol and on today."""
        for name in ("started", "ended", "last_used"):
            field: Any = self.fields.get(name)
            if field is not None:
                field.not_after = self.today

    def ask_reason(self, label: str) -> None:
        """Asks why an entry is changed; where it came from stays as it was."""
        del self.fields["observed_at"], self.fields["source"]
        self.fields["reason"] = ReasonField(label=label, max_length=300)

    @property
    def entered(self) -> EntryDetails:
        """Returns what was entered, as the verb takes it."""
        names = [field.name for field in fields(self.details)]
        values = {name: self.cleaned_data[name] for name in names if name in self.cleaned_data}
        return self.details(**values)


class HistoryForm(EntryForm):
    """A condition of body or mind; the kind is known from where the form was opened."""

    details = HistoryDetails

    kind = forms.ChoiceField(choices=HistoryEntry.KINDS)
    term = forms.CharField(label="Condition", max_length=200, help_text="In the words of the source; coded later.")
    started = PartialDateField(label="First noticed", required=False)
    ended = PartialDateField(label="Ended", required=False)
    ongoing = forms.BooleanField(required=False)
    note = forms.CharField(max_length=300, required=False)


class TreatmentForm(EntryForm):
    """A treatment that was tried before, and what it did."""

    details = TreatmentDetails

    kind = forms.ChoiceField(label="Kind")
    name = forms.CharField(
        label="Treatment", max_length=120, help_text="The medicine by its substance, or the psychotherapy by its name."
    )
    dose_mg = MeasureField(label="Highest daily dose that was held", unit="mg", min_value=0, required=False)
    sessions = CountField(label="Sessions", min_value=0, max_value=2000, required=False)
    started = PartialDateField(label="From", required=False)
    ended = PartialDateField(label="To", required=False)
    response = forms.ChoiceField(label="What it did")
    note = forms.CharField(max_length=300, required=False)

    def prepare(self) -> None:
        """Offers the kinds and responses of the protocol."""
        super().prepare()
        rules = self.definition.screening.treatments
        if rules is not None:
            _offer(self, "kind", rules.kinds)
            _offer(self, "response", rules.responses)


class UseForm(EntryForm):
    """Earlier use of the study drug in one year; nought is an answer too."""

    details = UseDetails

    year = CountField(label="Year", min_value=1900, max_value=2200)
    occasions = CountField(
        label="How often in that year", min_value=0, max_value=1000,
        help_text="0 in this year, if it was never used at all.",
    )  # fmt: skip
    last_used = PartialDateField(label="Last time in that year", required=False)
    context = forms.ChoiceField(label="On what occasion", required=False)
    note = forms.CharField(max_length=300, required=False)

    def prepare(self) -> None:
        """Offers the occasions of the protocol."""
        super().prepare()
        rule = self.definition.screening.prior_use
        _offer(self, "context", rule.contexts if rule else {}, empty="None, or not known")


class MedicineForm(EntryForm):
    """A medicine that is or was taken: of the protocol's list, or another one with its class."""

    details = MedicineDetails

    listed = forms.ChoiceField(label="Medicine")
    other_name = forms.CharField(
        label="Another medicine", max_length=120, required=False, help_text="By its substance, if it is not listed."
    )
    medicine_class = forms.ChoiceField(
        label="Class that the protocol prohibits", required=False, help_text="A listed medicine brings its class."
    )
    dose = forms.CharField(label="Dose, how often, which way", max_length=80, required=False)
    indication = forms.CharField(label="For what", max_length=120, required=False)
    started = PartialDateField(label="Taken since", required=False)
    last_taken_on = NearDateField(label="Last taken on", required=False, help_text="Empty while it is still taken.")
    taper_from = NearDateField(label="Taper begins on", required=False)
    planned_last_on = NearDateField(label="Last day as planned", required=False)
    note = forms.CharField(label="Steps of the taper, or a note", max_length=300, required=False)

    def prepare(self) -> None:
        """Offers the medicines and classes of the protocol."""
        super().prepare()
        screening = self.definition.screening
        listed: Any = self.fields["listed"]
        listed.choices = [("", "Choose"), *((name, name) for name in sorted(screening.medicines)),
                          (UNLISTED, "Another one, not in the list")]  # fmt: skip
        classes = {code: screening.class_names.get(code, code) for code in self.definition.prohibited_classes}
        _offer(self, "medicine_class", classes, empty="None of these")
        last: Any = self.fields["last_taken_on"]
        last.latest = self.today

    def clean(self) -> dict[str, Any]:
        """Takes the name and the class from the list, or the name that was typed."""
        cleaned = super().clean() or {}
        listed = cleaned.get("listed")
        known = self.definition.screening.medicines.get(str(listed))
        if known is not None:
            cleaned["name"], cleaned["medicine_class"] = known.name, known.medicine_class
        elif listed == UNLISTED:
            cleaned["name"] = cleaned.get("other_name", "").strip()
            if not cleaned["name"]:
                self.add_error("other_name", "Name the medicine.")
        return cleaned

    @classmethod
    def initial_of(cls, entry: Mapping[str, Any], definition: ProtocolDefinition) -> dict[str, Any]:
        """Returns how an entry stands in the form."""
        listed = entry["name"] in definition.screening.medicines
        return {
            **entry,
            "listed": entry["name"] if listed else UNLISTED,
            "other_name": "" if listed else entry["name"],
        }


FORMS: dict[str, type[EntryForm]] = {
    "medical": HistoryForm,
    "psychiatric": HistoryForm,
    "treatment": TreatmentForm,
    "use": UseForm,
    "medicine": MedicineForm,
}


def form_for(entry: ScreeningEntry) -> type[EntryForm]:
    """Returns the form of an entry."""
    return next(form for form in FORMS.values() if form.details.model is type(entry))


def _offer(form: EntryForm, name: str, choices: Mapping[str, str], *, empty: str = "Choose") -> None:
    field: Any = form.fields[name]
    field.choices = [("", empty), *choices.items()]


class WithdrawEntryForm(forms.Form):
    """Why an entry was a mistake."""

    reason = ReasonField(label="Why it was a mistake", max_length=300)
    submission_id = SubmissionIdField()


class WashoutForm(forms.Form):
    """That the list of medicines was gone through with the person on a day."""

    observed_at = MomentField(label="Asked at")
    complete = forms.BooleanField(
        label="I went through the list with the participant; no other medicine is taken.",
        error_messages={"required": "Go through the list with the participant, then say so."},
    )

    def __init__(self, *args: Any, zone: str, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        moment: Any = self.fields["observed_at"]
        moment.zone, moment.not_after = zone, now
