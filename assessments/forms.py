"""Shape of what is typed: one answer, a whole questionnaire, a lock, a slip of blinding. Nothing is saved here."""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms

from assessments.instruments import Item
from assessments.models import IncidentAssessment, UnblindingIncident
from core.form_fields import (
    LONGEST_KEY,
    LONGEST_NARRATIVE,
    CountField,
    MeasureField,
    MomentField,
    NearDateField,
    PartialDateField,
    ReasonField,
    SignaturePasswordField,
    SubmissionIdField,
)
from protocol.edit_checks import SOFT, EditCheck
from protocol.scoring import NOT_APPLICABLE, Answer, NotDone

DOES_NOT_APPLY = "Does not apply"
# More answers than this do not fit side by side in half the page.
TWO_COLUMNS = 6


def answer_field(item: Item) -> forms.Field:
    """Returns the field of one item: its answers as circles, or a box where there are too many or it is no number."""
    label = f"Item {item.code}"
    if item.kind == "text":
        return forms.CharField(label=label, max_length=300, required=False)
    if item.kind == "partial_date":
        return PartialDateField(label=label, required=False)
    if item.kind == "date":
        return NearDateField(label=label, required=False)
    if item.kind == "number":
        return MeasureField(label=label, unit=item.unit, min_value=item.low, max_value=item.high, required=False)
    if not item.choices:
        return CountField(label=label, unit=item.unit, min_value=item.low, max_value=item.high, required=False)
    choices = [(str(value), words) for value, words in item.choices]
    if item.may_not_apply:
        choices.append((NOT_APPLICABLE, DOES_NOT_APPLY))
    return forms.TypedChoiceField(
        label=label,
        choices=choices,
        coerce=_coerced,
        empty_value=None,
        widget=forms.RadioSelect,
        required=False,
        error_messages={"invalid_choice": f"Answer with {item.low} to {item.high}."},
    )


def answer_in(value: Any) -> Answer:
    """Returns what a field of an item was cleaned to, as the scoring reads it."""
    if value in ("", None):
        return None
    if isinstance(value, Decimal):
        return format(value, "f")
    return value.isoformat() if isinstance(value, date) else value


class ItemForm(forms.Form):
    """The answer to one item of a rating."""

    def __init__(self, *args: Any, item: Item, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["value"] = answer_field(item)

    def clean_value(self) -> Answer:
        """Returns the answer as the scoring reads it."""
        return answer_in(self.cleaned_data["value"])


class CorrectionForm(ItemForm):
    """Another answer to one item of a locked form, why, and under whose signature."""

    seen_version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    reason = ReasonField(label="Why the answer is corrected", max_length=300)
    password = SignaturePasswordField()

    field_order = ("value", "reason", "password", "seen_version")

    def __init__(self, *args: Any, item: Item, **kwargs: Any) -> None:
        super().__init__(*args, item=item, **kwargs)
        self.fields["value"].label = f"Item {item.code}"
        self.order_fields(self.field_order)


class AnswersForm(forms.Form):
    """All answers of one questionnaire; empty is not answered."""

    seen_digest = forms.CharField(max_length=LONGEST_KEY, widget=forms.HiddenInput, required=False)
    missing_reason = forms.CharField(
        label="Why items are without an answer",
        required=False,
        max_length=300,
        help_text="Needed only if you complete the questionnaire with items left out.",
    )

    def __init__(self, *args: Any, items: tuple[Item, ...], checks: tuple[EditCheck, ...] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.asked = items
        self.doubts = add_confirmations(self, checks)
        for item in items:
            self.fields[f"item_{item.number}"] = answer_field(item)
            if item.may_be_not_done:
                self.fields[f"not_done_{item.number}"] = forms.CharField(
                    label=f"Item {item.code} not done, because", max_length=200, required=False
                )

    def clean(self) -> None:
        """Refuses an answer to an item that is said not to have been done."""
        for item in self.asked:
            if self.cleaned_data.get(f"not_done_{item.number}") and self.cleaned_data.get(
                f"item_{item.number}"
            ) not in (
                None,
                "",
            ):
                self.add_error(f"item_{item.number}", "Either answer it, or say why it was not done.")

    @property
    def rows(self) -> list[tuple[Item, Any, Any]]:
        """Returns the items with their bound fields, and that of the reason where one may be not done."""
        return [
            (item, self[f"item_{item.number}"], self[f"not_done_{item.number}"] if item.may_be_not_done else None)
            for item in self.asked
        ]

    @property
    def is_wide(self) -> bool:
        """Returns whether an item needs more room than half the page."""
        return any(len(item.choices) > TWO_COLUMNS or item.text for item in self.asked)

    @property
    def answers(self) -> dict[int, Answer]:
        """Returns the cleaned answers by item."""
        return {item.number: self._answer(item) for item in self.asked}

    def _answer(self, item: Item) -> Answer:
        reason = self.cleaned_data.get(f"not_done_{item.number}")
        return NotDone(reason) if reason else answer_in(self.cleaned_data[f"item_{item.number}"])

    @property
    def confirmations(self) -> dict[str, str]:
        """Returns why answers that a check doubts are right, by check."""
        return confirmations_in(self)

    @staticmethod
    def initial_of(answers: Mapping[int, Answer]) -> dict[str, Any]:
        """Returns stored answers as the form shows them."""
        return {
            f"not_done_{number}" if isinstance(value, NotDone) else f"item_{number}": (
                value.reason if isinstance(value, NotDone) else value
            )
            for number, value in answers.items()
        }


def add_confirmations(form: forms.Form, checks: Iterable[EditCheck]) -> tuple[str, ...]:
    """Adds a box for each soft check, shown once the check has doubted an answer; returns their names."""
    names = []
    for check in checks:
        if check.level == SOFT:
            form.fields[f"confirm_{check.code}"] = forms.CharField(
                label=check.text,
                max_length=300,
                required=False,
                help_text="Correct the answer, or say why it is right.",
            )
            names.append(f"confirm_{check.code}")
    return tuple(names)


def confirmations_in(form: forms.Form) -> dict[str, str]:
    """Returns what was typed into the boxes of the soft checks, by check."""
    found = {name.removeprefix("confirm_"): text for name, text in form.cleaned_data.items() if "confirm_" in name}
    return {code: text.strip() for code, text in found.items() if text.strip()}


class LockForm(forms.Form):
    """The rater's declaration that the assessment is complete."""

    missing_reason = forms.CharField(
        label="Why items are without an answer",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "Some items have no answer. Answer them, or say why they are missing."},
    )
    guess_basis = forms.CharField(
        label="What does your guess at the treatment rest on?",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "Say what your guess rests on, in a few words."},
    )
    password = SignaturePasswordField()

    field_order = ("missing_reason", "guess_basis")

    def __init__(
        self,
        *args: Any,
        anything_missing: bool,
        guesses: bool,
        checks: Iterable[EditCheck] = (),
        doubted: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        # The boxes come with the first doubt, so that nobody is asked for nothing.
        add_confirmations(self, checks if doubted else ())
        if not guesses:
            del self.fields["guess_basis"]
        if not anything_missing:
            del self.fields["missing_reason"]


class UnblindingForm(forms.Form):
    """What a rater learned and should not have."""

    submission_id = SubmissionIdField()
    kind = forms.ChoiceField(label="What did you learn?", choices=UnblindingIncident.KINDS, widget=forms.RadioSelect)
    text = forms.CharField(
        label="In your own words",
        max_length=LONGEST_NARRATIVE,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Write no name. Nobody at a site reads this.",
    )


class ReleaseForm(forms.Form):
    """Opens the ratings of one participant to the investigator, and why now."""

    reason = ReasonField(label="Why the ratings are released", max_length=300)
    password = SignaturePasswordField()


class ItemTextsForm(forms.Form):
    """The licensee's own wording of an instrument in one language, and the licence under which it may be used."""

    language = forms.ChoiceField(label="Language")
    licence = forms.CharField(
        label="Licence", max_length=200, help_text="Number and holder, as on the licence agreement.",
        error_messages={"required": "Name the licence under which the wording may be used."},
    )  # fmt: skip

    def __init__(self, *args: Any, items: tuple[Item, ...], languages: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["language"].choices = languages  # type: ignore[attr-defined]
        self.asked = items
        for item in items:
            self.fields[f"text_{item.number}"] = forms.CharField(
                label=f"Item {item.code}", max_length=600, required=False, widget=forms.Textarea(attrs={"rows": 2})
            )

    @property
    def texts(self) -> dict[int, str]:
        """Returns the wording by item, empty where there is none."""
        return {item.number: self.cleaned_data[f"text_{item.number}"].strip() for item in self.asked}


def _coerced(value: str) -> int | str:
    return value if value == NOT_APPLICABLE else int(value)


class GuessForm(forms.Form):
    """A guess at the arm, how sure, and what it rests on."""

    submission_id = SubmissionIdField()
    guess = forms.ChoiceField(label="What do you believe was given?", widget=forms.RadioSelect)
    certainty = forms.ChoiceField(label="How sure are you?", widget=forms.RadioSelect)
    basis = forms.CharField(
        label="What does it rest on?", max_length=500, widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Say what it rests on, in a few words."},
    )  # fmt: skip

    def __init__(
        self, *args: Any, guesses: list[tuple[str, str]], certainties: list[tuple[str, str]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["guess"].choices = guesses  # type: ignore[attr-defined]
        self.fields["certainty"].choices = certainties  # type: ignore[attr-defined]


class GuessOnBehalfForm(GuessForm):
    """A participant's guess that the study team enters, and how it was told."""

    source_note = forms.CharField(
        label="How did you hear it?", max_length=200,
        help_text="For example: by telephone on 3 March, or copied from the paper form.",
        error_messages={"required": "Say how you heard it."},
    )  # fmt: skip


class IncidentForm(forms.Form):
    """Tells that somebody learned what the blind should have hidden."""

    submission_id = SubmissionIdField()
    whose = forms.ChoiceField(label="Who learned it?", choices=UnblindingIncident.WHOSE)
    happened_at = MomentField(label="When?")
    how = forms.CharField(label="How did it come about?", max_length=300)
    kind = forms.ChoiceField(label="What was learned?", choices=UnblindingIncident.KINDS, widget=forms.RadioSelect)
    text = forms.CharField(
        label="In your own words", required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Write no name. Nobody at a site reads this, you alone and the sponsor's blinded desk.",
    )  # fmt: skip

    def __init__(self, *args: Any, zone: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["happened_at"].zone = zone  # type: ignore[attr-defined]


class JudgeIncidentForm(forms.Form):
    """Says what follows from an incident."""

    consequence = forms.ChoiceField(choices=IncidentAssessment.CONSEQUENCES, widget=forms.RadioSelect)
    note = forms.CharField(
        label="Why", max_length=500, widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Say why, in a sentence."},
    )  # fmt: skip


class TakeBackForm(forms.Form):
    """Takes a tablet back that was handed over."""

    password = SignaturePasswordField(label="Password of the study team")
