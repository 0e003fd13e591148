"""Shape and plausibility of what is typed about participants. Nothing is saved here."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django import forms

from core.clock import local_date
from core.form_fields import (
    MeasureField,
    MomentField,
    NearDateField,
    ReasonField,
    SignaturePasswordField,
    SubmissionIdField,
)
from patients.models import ConsentWithdrawal, ContactAttempt, Fact
from protocol.definition import ConsentOption, Plausibility, ProtocolDefinition, Recruitment
from protocol.expressions import Variable
from protocol.washout import StoppedMedicine
from trials.models import Site

REASON_FOR = "reason_for_"
YES_NO = [("true", "Yes"), ("false", "No")]


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


class ConsentForm(forms.Form):
    """The participant's consent: when it was signed, and each option asked separately."""

    signed_at = MomentField(label="Signed by the participant at")
    contact_by_email = forms.TypedChoiceField(
        label="May we write by e-mail?", choices=YES_NO, widget=forms.RadioSelect, coerce=lambda text: text == "true"
    )

    def __init__(self, *args: Any, options: tuple[ConsentOption, ...], zone: str, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.options = options
        moment: Any = self.fields["signed_at"]
        moment.zone, moment.not_after = zone, now
        for option in options:
            self.fields[f"option_{option.code}"] = forms.TypedChoiceField(
                label=option.text,
                choices=YES_NO,
                widget=forms.RadioSelect,
                coerce=lambda text: text == "true",
                help_text="Needed to take part." if option.required else "Free to choose.",
            )

    @property
    def answers(self) -> dict[str, bool]:
        """Returns the answer to each option by its code."""
        return {option.code: self.cleaned_data[f"option_{option.code}"] for option in self.options}


class ContactForm(forms.Form):
    """Whether the participant may be written to; the latest answer counts."""

    given = forms.TypedChoiceField(
        label="May we write by e-mail?", choices=YES_NO, widget=forms.RadioSelect, coerce=lambda text: text == "true"
    )


class WithdrawalForm(forms.Form):
    """What the participant withdraws; the reason is free to give."""

    scope = forms.ChoiceField(label="What is withdrawn", choices=ConsentWithdrawal.SCOPES, widget=forms.RadioSelect)
    reason = forms.CharField(label="Reason, if one was given", required=False, widget=forms.Textarea(attrs={"rows": 2}))


class FactsForm(forms.Form):
    """The values that one procedure supplies, each optional: a part can be saved and the rest added later."""

    observed_at = MomentField(label="Observed at")
    source = forms.CharField(
        max_length=120, help_text="Where the values come from, for example “Laboratory report 4711”."
    )

    def __init__(
        self,
        *args: Any,
        variables: tuple[Variable, ...],
        definition: ProtocolDefinition,
        zone: str,
        now: datetime,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.variables = variables
        moment: Any = self.fields["observed_at"]
        moment.zone, moment.not_after = zone, now
        for variable in variables:
            self.fields[variable.name] = field_of(variable, definition.plausibility.get(variable.name))

        # What was asked before is asked again, so that a reason that was typed is read.
        for name in [name for name in self.data if name.startswith(REASON_FOR)]:
            if name.removeprefix(REASON_FOR) in self.fields:
                self._add_reason(name.removeprefix(REASON_FOR))

    def ask_reasons(self, facts: Sequence[Fact]) -> None:
        """Asks, at each value that would be corrected, why; what was typed stays."""
        for fact in facts:
            name = self._add_reason(fact.variable)
            unit = f" {fact.unit}" if fact.unit else ""
            self.add_error(
                name, f"{fact.value}{unit} is recorded for this time. Say why it is corrected, or give another time."
            )

    def _add_reason(self, variable: str) -> str:
        name = f"{REASON_FOR}{variable}"
        label = f"Why {variable.replace('_', ' ')} is corrected"
        self.fields[name] = forms.CharField(label=label, max_length=300, required=False)
        names = [entry for entry in self.fields if entry != name]
        names.insert(names.index(variable) + 1, name)
        self.order_fields(names)
        return name

    @property
    def reasons(self) -> dict[str, str]:
        """Returns why a value is corrected, by variable."""
        return {
            name.removeprefix(REASON_FOR): value
            for name, value in self.cleaned_data.items()
            if name.startswith(REASON_FOR)
        }

    @property
    def values(self) -> dict[str, str]:
        """Returns what was entered, by variable, as it is stored."""
        entered = {variable.name: self.cleaned_data.get(variable.name) for variable in self.variables}
        return {name: str(value) for name, value in entered.items() if value not in (None, "")}


class CorrectionForm(forms.Form):
    """Another value for one that was recorded, and why; `seen` is the value that the person was looking at."""

    seen = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, variable: Variable, definition: ProtocolDefinition, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = field_of(variable, definition.plausibility.get(variable.name))
        field.required = True
        self.fields["value"] = field
        self.fields["reason"] = ReasonField(label="Why it is corrected", max_length=300)


class WashoutForm(forms.Form):
    """The medicines of prohibited classes that were stopped, each with the day of its last intake."""

    ROWS = range(1, 6)
    OTHER = "another medicine"

    observed_at = MomentField(label="Asked at")
    none_taken = forms.BooleanField(label="No medicine of a prohibited class was taken", required=False)

    def __init__(self, *args: Any, definition: ProtocolDefinition, zone: str, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        moment: Any = self.fields["observed_at"]
        moment.zone, moment.not_after = zone, now
        names = sorted(definition.half_life_days)
        choices = [("", "None"), *((name, name) for name in names), (self.OTHER, "Another one, not in the list")]
        for row in self.ROWS:
            self.fields[f"medicine_{row}"] = forms.ChoiceField(label=f"Medicine {row}", choices=choices, required=False)
            self.fields[f"last_taken_on_{row}"] = NearDateField(
                label=f"Last taken on, medicine {row}",
                required=False,
                latest=local_date(now, zone=zone),
                help_text="Empty while it is still taken.",
            )

    def clean(self) -> dict[str, Any]:
        """Refuses a form that says nothing, says both, or has a day without a medicine."""
        cleaned = super().clean() or {}
        named = [row for row in self.ROWS if cleaned.get(f"medicine_{row}")]
        for row in self.ROWS:
            if cleaned.get(f"last_taken_on_{row}") and row not in named:
                self.add_error(f"medicine_{row}", "Choose the medicine that was last taken on this day.")
        if named and cleaned.get("none_taken"):
            self.add_error("none_taken", "Either no medicine was taken, or name those that were.")
        if not named and not cleaned.get("none_taken") and not self.errors:
            self.add_error("none_taken", "Name each medicine, or say that none was taken.")
        return cleaned

    @property
    def medicines(self) -> list[StoppedMedicine]:
        """Returns the medicines that were named."""
        entered = self.cleaned_data
        return [
            StoppedMedicine(entered[f"medicine_{row}"], entered.get(f"last_taken_on_{row}"))
            for row in self.ROWS
            if entered.get(f"medicine_{row}")
        ]


class ScreenFailureForm(forms.Form):
    """Why a person does not go on."""

    reason = ReasonField(label="Why the person does not go on", max_length=300)


class EligibilitySignatureForm(forms.Form):
    """The investigator's signature on the verdict as shown."""

    assessment = forms.CharField(widget=forms.HiddenInput)
    shown_digest = forms.CharField(widget=forms.HiddenInput)
    password = SignaturePasswordField()


class BookingForm(forms.Form):
    """When a visit takes place, inside its window."""

    starts_at = MomentField(label="Starts at")

    def __init__(self, *args: Any, zone: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["starts_at"].zone = zone  # type: ignore[attr-defined]


class MissedForm(forms.Form):
    """Why a visit did not take place."""

    reason = ReasonField(max_length=300)


class ProcedureForm(forms.Form):
    """What became of one procedure."""

    code = forms.CharField(widget=forms.HiddenInput)
    state = forms.ChoiceField(choices=[("done", "Done"), ("not_done", "Not done")], widget=forms.RadioSelect)
    reason = forms.CharField(label="Why not, if it was not done", max_length=300, required=False)


class LeadForm(forms.Form):
    """Somebody who may take part: who it is goes to the vault, the rest to the coded record."""

    submission_id = SubmissionIdField()
    site = forms.ModelChoiceField(queryset=Site.objects.none(), empty_label=None)
    name = forms.CharField(max_length=120, help_text="Kept apart from all data; each reading is logged.")
    phone = forms.CharField(max_length=40, required=False)
    email = forms.EmailField(label="E-mail", required=False)
    born_on = NearDateField(label="Birth date", required=False, help_text="May be asked later; screening needs it.")
    source = forms.ChoiceField(label="How the person came to us")
    heard_on = NearDateField(label="Heard of on")
    next_contact_on = NearDateField(label="Next contact on")
    known_already = forms.BooleanField(
        label="I have read this: another person, or the same one who comes again",
        required=False,
        widget=forms.HiddenInput,
    )

    def __init__(self, *args: Any, sites: Any, recruitment: Recruitment, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["site"].queryset = sites  # type: ignore[attr-defined]
        self.fields["source"].choices = list(recruitment.sources.items())  # type: ignore[attr-defined]
        for name in ("heard_on", "born_on"):
            self.fields[name].latest = today  # type: ignore[attr-defined]
        self.fields["next_contact_on"].earliest = today  # type: ignore[attr-defined]

    def ask_whether_the_person_is_known(self) -> None:
        """Shows the box that nobody sees until a person with the same name, phone or e-mail was found."""
        self.fields["known_already"].widget = forms.CheckboxInput()

    def clean(self) -> dict[str, Any]:
        """Asks for one way at least to reach the person."""
        cleaned = super().clean() or {}
        if not cleaned.get("phone") and not cleaned.get("email") and not {"phone", "email"} & set(self.errors):
            self.add_error("phone", "Enter a phone number or an e-mail address.")
        return cleaned


class IdentityForm(forms.Form):
    """Who a lead is; the reason stands in the record and must name nobody. `seen` tells what was looked at."""

    seen = forms.CharField(widget=forms.HiddenInput, required=False)
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


class AttemptForm(forms.Form):
    """One attempt to reach a lead."""

    submission_id = SubmissionIdField()
    attempted_at = MomentField(label="When")
    channel = forms.ChoiceField(label="How", choices=ContactAttempt.CHANNELS)
    outcome = forms.ChoiceField(label="What came of it", choices=ContactAttempt.OUTCOMES)
    next_contact_on = NearDateField(label="Next contact on", required=False, help_text="Empty where none is wanted.")
    note = forms.CharField(
        max_length=300, required=False, help_text="Name nobody here.", widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args: Any, zone: str, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        moment: Any = self.fields["attempted_at"]
        moment.zone, moment.not_after = zone, now
        self.fields["next_contact_on"].earliest = local_date(now, zone=zone)  # type: ignore[attr-defined]


class PreScreenForm(forms.Form):
    """The protocol's first questions, each yes, no or not asked yet."""

    submission_id = SubmissionIdField()
    observed_at = MomentField(label="Asked at")

    def __init__(self, *args: Any, recruitment: Recruitment, zone: str, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.recruitment = recruitment
        moment: Any = self.fields["observed_at"]
        moment.zone, moment.not_after = zone, now
        for question in recruitment.questions:
            self.fields[question.code] = forms.ChoiceField(
                label=question.text, choices=YES_NO, widget=forms.RadioSelect, required=False
            )

    @property
    def answers(self) -> dict[str, bool]:
        """Returns the answers that were given, by the question's code."""
        given = {question.code: self.cleaned_data.get(question.code) for question in self.recruitment.questions}
        return {code: answer == "true" for code, answer in given.items() if answer}


class LeadReasonForm(forms.Form):
    """Why a lead waits, waits no longer, or is contacted again."""

    reason = ReasonField(max_length=300)


class CloseLeadForm(forms.Form):
    """Why a lead does not go on, by the protocol's list."""

    close_reason = forms.ChoiceField(label="Why the person does not go on")
    note = forms.CharField(max_length=300, required=False, help_text="Name nobody here.")

    def __init__(self, *args: Any, recruitment: Recruitment, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["close_reason"].choices = list(recruitment.close_reasons.items())  # type: ignore[attr-defined]


class PlaceForm(forms.Form):
    """Another place on the waiting list, and why."""

    place = forms.IntegerField(min_value=1, label="New place")
    reason = ReasonField(label="Why the order changes", max_length=300)


def field_of(variable: Variable, limits: Plausibility | None) -> forms.Field:
    """Returns the field of a protocol variable by its type."""
    # The unit stands beside the box.
    label = variable.name.removesuffix(f"_{variable.unit.lower()}").replace("_", " ").capitalize()
    hint = variable.note
    if variable.type == "bool":
        return forms.ChoiceField(label=label, choices=YES_NO, widget=forms.RadioSelect, required=False, help_text=hint)
    if variable.type == "enum":
        choices = [("", "Not known yet"), *((value, value.replace("_", " ")) for value in variable.values)]
        return forms.ChoiceField(label=label, choices=choices, required=False, help_text=hint)
    if variable.type == "number":
        bounds = {} if limits is None else {"min_value": limits.hard[0], "max_value": limits.hard[1]}
        return MeasureField(label=label, unit=variable.unit, required=False, help_text=hint, **bounds)
    return forms.CharField(label=label, required=False, max_length=200, help_text=hint)
