"""Shape of what is typed: one answer, a whole questionnaire, a lock, a slip of blinding. Nothing is saved here."""

from collections.abc import Mapping
from typing import Any

from django import forms

from assessments.instruments import Item
from assessments.models import IncidentAssessment, UnblindingIncident
from core.form_fields import (
    LONGEST_KEY,
    LONGEST_NARRATIVE,
    CountField,
    MomentField,
    SignaturePasswordField,
    SubmissionIdField,
)
from protocol.scoring import NOT_APPLICABLE

Answer = int | str | None
DOES_NOT_APPLY = "Does not apply"
# More answers than this do not fit side by side in half the page.
TWO_COLUMNS = 6


def answer_field(item: Item) -> forms.Field:
    """Returns the field of one item: its answers as circles, or a number where there are too many."""
    label = f"Item {item.code}"
    if not item.choices:
        return CountField(label=label, min_value=item.low, max_value=item.high, required=False)
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


class ItemForm(forms.Form):
    """The answer to one item of a rating."""

    def __init__(self, *args: Any, item: Item, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["value"] = answer_field(item)


class AnswersForm(forms.Form):
    """All answers of one questionnaire; empty is not answered."""

    seen_digest = forms.CharField(max_length=LONGEST_KEY, widget=forms.HiddenInput, required=False)
    missing_reason = forms.CharField(
        label="Why items are without an answer",
        required=False,
        max_length=300,
        help_text="Needed only if you complete the questionnaire with items left out.",
    )

    def __init__(self, *args: Any, items: tuple[Item, ...], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.asked = items
        for item in items:
            self.fields[f"item_{item.number}"] = answer_field(item)

    @property
    def rows(self) -> list[tuple[Item, Any]]:
        """Returns the items with their bound fields."""
        return [(item, self[f"item_{item.number}"]) for item in self.asked]

    @property
    def is_wide(self) -> bool:
        """Returns whether an item offers too many answers for two columns."""
        return any(len(item.choices) > TWO_COLUMNS for item in self.asked)

    @property
    def answers(self) -> dict[int, Answer]:
        """Returns the cleaned answers by item."""
        return {item.number: self.cleaned_data[f"item_{item.number}"] for item in self.asked}

    @staticmethod
    def initial_of(answers: Mapping[int, Answer]) -> dict[str, Any]:
        """Returns stored answers as the form shows them."""
        return {f"item_{number}": value for number, value in answers.items()}


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

    def __init__(self, *args: Any, anything_missing: bool, guesses: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
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
