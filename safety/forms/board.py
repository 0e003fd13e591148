"""Forms of the watch: deadlines that are met, alerts that are acknowledged."""

from datetime import datetime
from typing import Any

from django import forms

from core.form_fields import MomentField, NearDateField


class MeetForm(forms.Form):
    """When a deadline was met, and how; a late one says why."""

    met_at = MomentField(label="Sent at")
    note = forms.CharField(label="How, or why late", max_length=300, required=False)

    def __init__(self, *args: Any, zone: str, now: datetime, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"met_at": now})
        super().__init__(*args, **kwargs)
        self.fields["met_at"].zone = zone  # type: ignore[attr-defined]
        self.fields["met_at"].not_after = now  # type: ignore[attr-defined]


class TakeForm(forms.Form):
    """What happens now about a clock that somebody takes by name."""

    note = forms.CharField(
        label="What happens now",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "Say what happens now, in a few words."},
    )


class AnnualSentForm(forms.Form):
    """The date and the reference of an annual report; a late one says why."""

    reported_on = NearDateField(label="Date of the report")
    reference = forms.CharField(
        label="Reference", max_length=100, error_messages={"required": "Give the reference of the report."}
    )
    note = forms.CharField(label="What was sent, or why late", max_length=300, required=False)


class AcknowledgeForm(forms.Form):
    """What was done about an alert."""

    note = forms.CharField(
        label="What was done",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Say what was done, in a few words."},
    )
