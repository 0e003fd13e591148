"""What is typed about the time after treatment: attempts to reach somebody, and what happened in between."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django import forms

from core.form_fields import PartialDateField, ReasonField, SubmissionIdField
from integration.actions import Happened
from integration.models import ATTEMPT_CHANNELS, SOURCES
from protocol.durability import IntercurrentKind, TracingStep

YES_NO = [("yes", "Reached"), ("no", "Not reached")]


class AttemptForm(forms.Form):
    """One attempt to reach somebody, or the step that is proposed."""

    submission_id = SubmissionIdField()
    step = forms.ChoiceField(label="What was done", widget=forms.RadioSelect)
    channel = forms.ChoiceField(label="How", choices=ATTEMPT_CHANNELS)
    reached = forms.ChoiceField(label="The participant", choices=YES_NO, widget=forms.RadioSelect)
    agreed = forms.CharField(label="What was agreed", required=False, max_length=300)
    not_reached_reason = forms.CharField(label="How you tried, and why not", required=False, max_length=200)

    def __init__(self, *args: Any, proposed: TracingStep | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.proposed = proposed
        fields: dict[str, Any] = self.fields
        if proposed is None:
            fields.pop("step")
        else:
            fields["step"].choices = [(proposed.code, proposed.name), ("again", "Another attempt as before")]

    @property
    def said(self) -> dict[str, Any]:
        """Returns what the action takes; a step goes by its own way."""
        entered = dict(self.cleaned_data)
        step = entered.pop("step", "")
        is_step = self.proposed is not None and step == self.proposed.code
        channel = self.proposed.channel if self.proposed is not None and is_step else entered["channel"]
        return entered | {
            "step": step if is_step else "", "channel": channel, "reached": entered["reached"] == "yes"
        }  # fmt: skip


class IntercurrentForm(forms.Form):
    """What happened in between, as far as it is known."""

    submission_id = SubmissionIdField()
    kind = forms.ChoiceField(label="What happened", widget=forms.RadioSelect)
    what = forms.CharField(label="What exactly", max_length=200, help_text="Substance, medicine or kind of therapy.")
    began_on = PartialDateField(label="Since when")
    ended_on = PartialDateField(label="Until when", required=False)
    source = forms.ChoiceField(label="Known from", choices=SOURCES, widget=forms.RadioSelect)

    def __init__(self, *args: Any, kinds: Iterable[IntercurrentKind], today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["kind"].choices = [(kind.code, kind.name) for kind in kinds]
        fields["began_on"].not_after = fields["ended_on"].not_after = today

    @property
    def happened(self) -> Happened:
        """Returns what the action takes."""
        names = ("kind", "what", "began_on", "ended_on", "source")
        return Happened(**{name: self.cleaned_data[name] for name in names})


class WithdrawForm(forms.Form):
    """Why an event is taken back."""

    submission_id = SubmissionIdField()
    reason = ReasonField()
