"""Forms of coding: a dictionary's files, the term of some words, a question to the site."""

from typing import Any

from django import forms

from coding.models import KINDS
from core.form_fields import ReasonField

LARGEST_ARCHIVE = 60_000_000


class LoadForm(forms.Form):
    """One version of a dictionary, as its licensee has it."""

    kind = forms.ChoiceField(label="What it codes", choices=KINDS, widget=forms.RadioSelect)
    name = forms.CharField(label="Name of the dictionary", max_length=40)
    version = forms.RegexField(
        r"^\d{1,4}\.\d{1,2}$", label="Version", max_length=10, error_messages={"invalid": "Write it as 27.1."}
    )
    file = forms.FileField(label="Its files, as one ZIP archive")

    def clean_file(self) -> bytes:
        """Returns the archive; refuses one that is larger than any dictionary."""
        file = self.cleaned_data["file"]
        if file.size > LARGEST_ARCHIVE:
            raise forms.ValidationError("The archive is larger than 60 MB. No dictionary is.")
        return bytes(file.read())


class AdoptForm(forms.Form):
    """Why another version is put in use."""

    reason = ReasonField(label="Why this version is put in use")


class TermForm(forms.Form):
    """The term that some words are given."""

    code = forms.CharField(label="Term", max_length=12, error_messages={"required": "Choose a term."})
    seen_verbatim = forms.CharField(max_length=250, widget=forms.HiddenInput, strip=False)
    keep_synonym = forms.BooleanField(label="Code the same words so from now on", required=False)

    def __init__(self, *args: Any, terms: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].widget = forms.RadioSelect(choices=terms)


class SearchForm(forms.Form):
    """Other words by which a term is looked for."""

    q = forms.CharField(label="Look for another term", required=False, max_length=250)


class QuestionForm(forms.Form):
    """What the site is asked about its words."""

    question = ReasonField(label="What the site is asked", error_messages={"required": "Say what the site is asked."})
