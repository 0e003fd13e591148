"""What is typed about a recording: a reviewer's ratings, supervision's sign-off, a boundary review."""

from collections.abc import Mapping
from typing import Any

from django import forms

from core.form_fields import LONGEST_NARRATIVE, ReasonField, SignaturePasswordField
from integration.actions import Line
from integration.models import RecordingIndex
from protocol.adherence import AdherenceRules

# As many moments as one finds again without a list that nobody reads.
INDEX_LINES = 8


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


class RecordingForm(forms.Form):
    """The index of a recording: how much of it there is, the number of the file, and lines by time code."""

    extent = forms.ChoiceField(label="What is recorded?", choices=RecordingIndex.EXTENTS, widget=forms.RadioSelect)
    reference = forms.CharField(
        label="Number of the file or card", required=False, max_length=60,
        help_text="Needed where something is recorded. Reviewers read it: no participant and no visit in it.",
    )  # fmt: skip
    reason = forms.CharField(
        label="Why it is not whole, or indexed anew", required=False, max_length=200,
        widget=forms.Textarea(attrs={"rows": 2}),
    )  # fmt: skip
    seen_number = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        for row in range(INDEX_LINES):
            fields[f"time_code_{row}"] = forms.CharField(label="Time code", required=False, max_length=8)
            fields[f"kind_{row}"] = forms.ChoiceField(
                label="What is there", required=False, choices=[("", "—"), *RecordingIndex.KINDS]
            )

    def clean(self) -> None:
        """Refuses a line of which one half is missing."""
        for row in range(INDEX_LINES):
            code, kind = self.cleaned_data.get(f"time_code_{row}"), self.cleaned_data.get(f"kind_{row}")
            if bool(code) != bool(kind):
                self.add_error(f"{'kind' if code else 'time_code'}_{row}", "A line has a time code and what is there.")

    @property
    def rows(self) -> list[tuple[Any, Any]]:
        """Returns the boxes of the lines."""
        return [(self[f"time_code_{row}"], self[f"kind_{row}"]) for row in range(INDEX_LINES)]

    @property
    def said(self) -> dict[str, Any]:
        """Returns what the action takes."""
        entered = self.cleaned_data
        found = [(entered[f"time_code_{row}"], entered[f"kind_{row}"]) for row in range(INDEX_LINES)]
        names = ("extent", "reference", "reason", "seen_number")
        return {"lines": [Line(code, kind) for code, kind in found if code], **{name: entered[name] for name in names}}

    @staticmethod
    def initial_of(index: RecordingIndex | None) -> dict[str, Any]:
        """Returns an index as the form shows it."""
        if index is None:
            return {"seen_number": 0, "extent": "whole"}
        lines = {f"{name}_{row}": line[name] for row, line in enumerate(index.lines) for name in ("time_code", "kind")}
        return lines | {"seen_number": index.number, "extent": index.extent, "reference": index.reference}


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
