"""What is typed into the ledgers of the room, with the choices that the protocol names."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms

from core.form_fields import CountField
from core.models import Person
from sessions.forms.entries import EntryForm, yes_or_no
from sessions.models import RecordingMark, TouchEvent


class TouchForm(EntryForm):
    """An offer of touch and its answer."""

    code = forms.ChoiceField(label="Kind of touch", widget=forms.RadioSelect)
    offered_from = forms.ChoiceField(
        label="Who began", choices=TouchEvent.FROM, widget=forms.RadioSelect, initial="therapist"
    )
    response = forms.ChoiceField(label="Answer", choices=TouchEvent.RESPONSES, widget=forms.RadioSelect)
    stop_word = forms.BooleanField(label="The stop word was said", required=False)

    def __init__(self, *args: Any, kinds: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].choices = list(kinds.items())  # type: ignore[attr-defined]


class RecordingForm(EntryForm):
    """A line of the recording's index."""

    kind = forms.ChoiceField(label="Recording", choices=RecordingMark.KINDS, widget=forms.RadioSelect)
    time_code = forms.CharField(label="Time code", max_length=10, required=False, help_text="Such as 1:04:30.")
    reference = forms.CharField(label="File or card", max_length=60, required=False)
    note = forms.CharField(label="Note", max_length=200, required=False)


class SettingForm(EntryForm):
    """A change of the setting."""

    code = forms.ChoiceField(label="What changed", widget=forms.RadioSelect)
    note = forms.CharField(label="In a few words", max_length=200, required=False)

    def __init__(self, *args: Any, kinds: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].choices = list(kinds.items())  # type: ignore[attr-defined]


class EnquiryForm(EntryForm):
    """Every abuse-related effect of the grid, asked one by one."""

    minute = forms.TypedChoiceField(label="Time of the plan", coerce=int)

    def __init__(self, *args: Any, minutes: Iterable[int], terms: Mapping[str, str], due: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        minute: Any = self.fields["minute"]
        minute.choices = [(each, f"T+ {each // 60}:{each % 60:02d}") for each in minutes]
        minute.initial = due
        self.terms = tuple(terms)
        for code, term in terms.items():
            self.fields[f"effect_{code}"] = yes_or_no(term)
        self.order_fields(["minute", *(f"effect_{code}" for code in terms)])

    @property
    def answers(self) -> dict[str, bool]:
        """Returns the answers by code of the grid."""
        return {code: self.cleaned_data[f"effect_{code}"] for code in self.terms}


class FluidForm(EntryForm):
    """What was drunk."""

    amount_ml = CountField(label="Drank", unit="ml")


class ChecklistForm(EntryForm):
    """The answer to one line of the list before the initial dose."""

    code = forms.ChoiceField(label="Line of the list")
    done = yes_or_no("Done")
    note = forms.CharField(label="If not: what is missing", max_length=200, required=False)

    def __init__(self, *args: Any, lines: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].choices = list(lines.items())  # type: ignore[attr-defined]


class CallForm(EntryForm):
    """A call to the physician."""

    physician = forms.ModelChoiceField(label="Who was called", queryset=Person.objects.none(), empty_label=None)
    about = forms.CharField(label="About what", max_length=200, required=False, help_text="Empty means the latest set.")
    reached = yes_or_no("Did the physician answer?")
    advice = forms.CharField(label="What the physician said", max_length=300, required=False)

    def __init__(self, *args: Any, people: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["physician"].queryset = people  # type: ignore[attr-defined]


class OvernightForm(EntryForm):
    """A look at the participant in the night."""

    note = forms.CharField(label="What you found", max_length=300, required=False, widget=forms.Textarea)

    def __init__(self, *args: Any, checks: Iterable[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.checks = tuple(checks)
        for place, words in enumerate(self.checks):
            self.fields[f"check_{place}"] = yes_or_no(words)
        self.order_fields([f"check_{place}" for place in range(len(self.checks))])

    @property
    def answers(self) -> dict[str, bool]:
        """Returns the answers by the words of each check."""
        return {words: self.cleaned_data[f"check_{place}"] for place, words in enumerate(self.checks)}
