"""What is typed at the steps of a session that two people take, or one who signs."""

from collections.abc import Iterable
from typing import Any

from django import forms

from core.form_fields import LONGEST_KEY, LONGEST_NARRATIVE, LONGEST_PASSWORD, ReasonField, SignaturePasswordField
from core.models import Person
from sessions.forms.entries import EntryForm, yes_or_no


class SecondPersonForm(EntryForm):
    """A decision of two: the other one in the room confirms with the own PIN or password."""

    second_person = forms.ModelChoiceField(label="Second person", queryset=Person.objects.none(), empty_label=None)
    second_secret = forms.CharField(
        label="PIN or password of the other one",
        max_length=LONGEST_PASSWORD,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, people: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        second: Any = self.fields["second_person"]
        second.queryset = people
        # Where only one can confirm, nobody is asked to choose.
        if len(known := list(people[:2])) == 1:
            second.widget, second.initial = forms.HiddenInput(), known[0].pk
            self.fields["second_secret"].label = f"PIN or password of {known[0].display_name}"
        self.confirm_last()

    def confirm_last(self) -> None:
        """Puts the other one's confirmation after what is confirmed."""
        last = ("second_person", "second_secret", "observed_at")
        self.order_fields([*(name for name in self.fields if name not in last), *last])


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

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        decision = self.data.get("decision") or self.initial.get("decision")
        if decision not in dict(self.fields["decision"].choices):  # type: ignore[attr-defined]
            return
        self.fields["decision"].widget = forms.HiddenInput()
        self.fields.pop("reason" if decision == "given" else "kit_number")
        if decision == "given":
            self.fields["kit_number"].label, self.fields["kit_number"].required = "Kit number, scanned", True
        else:
            self.fields["reason"].label, self.fields["reason"].required = "Reason", True
        if decision == "declined":
            agrees = self.fields["participant_agrees"]
            agrees.widget, agrees.initial = forms.HiddenInput(), "false"

    @property
    def answers(self) -> dict[str, bool]:
        """Returns what the pair answered, by the protocol's names."""
        return {name: self.cleaned_data[name] for name in ("participant_agrees", "clinician_contraindication")}


class DischargeForm(SecondPersonForm):
    """The protocol's questions before the participant may leave, answered by two."""

    escort_name = forms.CharField(label="Who takes over", max_length=120)

    def __init__(self, *args: Any, questions: Iterable[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.questions = tuple(questions)
        for name in self.questions:
            self.fields[name] = yes_or_no(name.replace("_", " ").capitalize())
        self.confirm_last()

    @property
    def answers(self) -> dict[str, bool]:
        """Returns the answers by variable."""
        return {name: self.cleaned_data[name] for name in self.questions}


class OverrideForm(forms.Form):
    """A signed decision to go past one condition."""

    condition = forms.CharField(max_length=LONGEST_KEY, widget=forms.HiddenInput)
    reason = ReasonField(max_length=300)
    password = SignaturePasswordField()


class AbandonForm(forms.Form):
    """Why no dose is given today."""

    reason = ReasonField(max_length=300, label="Why no dose is given")


class HandOverForm(SecondPersonForm):
    """The participant goes over to the attendant of the night, who confirms with the own PIN or password."""

    told = forms.CharField(
        label="What the attendant must know", max_length=LONGEST_NARRATIVE, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["second_person"].label = "Attendant"


class EndEarlyForm(forms.Form):
    """Why a session ends before its time after a dose."""

    cause = forms.ChoiceField(label="Cause", widget=forms.RadioSelect)
    reason = ReasonField(max_length=300, label="What happened")

    def __init__(self, *args: Any, causes: Iterable[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["cause"].choices = list(causes)  # type: ignore[attr-defined]


class ReleaseForm(forms.Form):
    """The signature that lets a participant leave after an early end."""

    reason = ReasonField(max_length=300, label="Why the participant may leave")
    password = SignaturePasswordField()


class CloseForm(forms.Form):
    """The signature that closes a session."""

    password = SignaturePasswordField()
