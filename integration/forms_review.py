"""What is typed about a recording: a reviewer's ratings, supervision's sign-off, a boundary review."""

from collections.abc import Mapping
from typing import Any

from django import forms

from core.form_fields import LONGEST_NARRATIVE, ReasonField, SignaturePasswordField
from protocol.adherence import AdherenceRules


def _findings(label: str) -> forms.CharField:
    return forms.CharField(label=label, max_length=LONGEST_NARRATIVE, widget=forms.Textarea(attrs={"rows": 4}))


class ReviewForm(forms.Form):
    """The ratings of one recording, item by item, and what went past a boundary."""

    breaches = forms.MultipleChoiceField(
        label="Seen in the recording", required=False, widget=forms.CheckboxSelectMultiple
    )
    seen_at_codes = forms.CharField(
        label="At which time codes", required=False, max_length=200, help_text="For example 2:10:00, 4:05:30."
    )
    note = forms.CharField(
        label="Note to supervision", required=False, max_length=LONGEST_NARRATIVE,
        widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip
    password = SignaturePasswordField()

    def __init__(self, *args: Any, rules: AdherenceRules, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rules = rules
        fields: dict[str, Any] = self.fields
        fields["breaches"].choices = list(rules.breaches.items())
        scale = [(str(value), str(value)) for value in range(rules.low, rules.high + 1)]
        for item in rules.items:
            fields[item.code] = forms.ChoiceField(label=item.text, choices=scale, widget=forms.RadioSelect)

    @property
    def rated(self) -> list[Any]:
        """Returns the boxes of the items, in the order of the protocol."""
        return [self[item.code] for item in self.rules.items]

    @property
    def said(self) -> Mapping[str, Any]:
        """Returns what the action takes."""
        entered = self.cleaned_data
        names = ("breaches", "seen_at_codes", "note", "password")
        answers = {item.code: int(entered[item.code]) for item in self.rules.items}
        return {"answers": answers, **{name: entered[name] for name in names}}


class SignOffForm(forms.Form):
    """What supervision found after a pair's first session."""

    findings = _findings("What supervision found")
    password = SignaturePasswordField()


class RestoreForm(forms.Form):
    """Why a privilege is restored."""

    reason = ReasonField(label="What was done about it")
    password = SignaturePasswordField()


class BoundaryForm(forms.Form):
    """What somebody outside the pair found about boundaries in a session."""

    findings = _findings("What you found")
    concern = forms.ChoiceField(
        label="Is there a concern?", widget=forms.RadioSelect,
        choices=[("no", "No"), ("yes", "Yes: the pair gives no dose until its privilege is restored")],
    )  # fmt: skip
    password = SignaturePasswordField()

    @property
    def said(self) -> Mapping[str, Any]:
        """Returns what the action takes."""
        return self.cleaned_data | {"concern": self.cleaned_data["concern"] == "yes"}
