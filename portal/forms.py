"""What is typed on the own pages and about them. Nothing is saved here; words come from the page's language."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms

from core.form_fields import LONGEST_NARRATIVE, SubmissionIdField
from portal.models import KINDS

HIGHEST = 10
CHANNELS = ("email", "sms", "phone")


class CodeForm(forms.Form):
    """The code from the card."""

    code = forms.CharField(max_length=40, widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}))

    def clean_code(self) -> str:
        """Takes the code however it is spaced."""
        return "".join(character for character in self.cleaned_data["code"] if character.isdigit())


class DiaryForm(forms.Form):
    """One page of the diary."""

    submission_id = SubmissionIdField()
    about_on = forms.DateField(widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))
    wellbeing = forms.TypedChoiceField(
        choices=[(number, str(number)) for number in range(HIGHEST + 1)], coerce=int, widget=forms.RadioSelect
    )
    words = forms.CharField(required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 4}))

    def __init__(self, *args: Any, words: Mapping[str, str], today: date | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        named = {"about_on": "diary_day", "wellbeing": "diary_scale", "words": "diary_words"}
        _speak(self, words, named, needed={"about_on": "need_day", "wellbeing": "need_answer"})
        self.initial.setdefault("about_on", today)


class ContactForm(forms.Form):
    """By which ways one may be reached."""

    email = forms.BooleanField(required=False)
    sms = forms.BooleanField(required=False)
    phone = forms.BooleanField(required=False)

    def __init__(self, *args: Any, words: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _speak(self, words, {channel: f"contact_{channel}" for channel in CHANNELS}, needed={})


class LineForm(forms.Form):
    """What is said past the site."""

    submission_id = SubmissionIdField()
    kind = forms.ChoiceField(widget=forms.RadioSelect)
    words = forms.CharField(max_length=8000, widget=forms.Textarea(attrs={"rows": 6}))
    wants_answer = forms.BooleanField(required=False)

    def __init__(self, *args: Any, words: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        named = {"kind": "line_kind", "words": "line_words", "wants_answer": "line_wants"}
        _speak(self, words, named, needed={"kind": "need_answer", "words": "need_words"})
        self.fields["kind"].choices = [(kind, words[f"line_{kind}"]) for kind, _ in KINDS]  # type: ignore[attr-defined]


class AcknowledgementForm(forms.Form):
    """What is done about it."""

    answer = forms.CharField(
        label="What you do about it",
        max_length=LONGEST_NARRATIVE,
        help_text="The participant reads this. Nobody at the site does.",
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": "Write what is done: the participant reads it."},
    )


def _speak(form: forms.Form, words: Mapping[str, str], named: Mapping[str, str], *, needed: Mapping[str, str]) -> None:
    for name, key in named.items():
        form.fields[name].label = words[key]
    for name, key in needed.items():
        messages = form.fields[name].error_messages
        messages.update(dict.fromkeys(("required", "invalid", "invalid_choice"), words[key]))
