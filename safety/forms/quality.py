"""Forms of what becomes of a deviation: analysis, actions, and the report to the ethics board."""

from datetime import datetime
from typing import Any

from django import forms

from core.form_fields import LONGEST_NARRATIVE, LONGEST_REASON, MomentField, NearDateField, SubmissionIdField
from core.models import Person
from protocol.office import SafetyOffice
from safety.models import QualityAction


class AnalysisForm(forms.Form):
    """Where a deviation belongs, and why it came about."""

    category = forms.ChoiceField(label="Category")
    root_cause = forms.ChoiceField(label="Root cause")
    explanation = forms.CharField(
        label="How it came about", max_length=LONGEST_NARRATIVE, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *args: Any, office: SafetyOffice, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["category"].choices = [("", "Choose"), *office.deviation_categories.items()]
        fields["root_cause"].choices = [("", "Choose"), *office.root_causes.items()]


class ActionForm(forms.Form):
    """What is done about a deviation, by whom and until when."""

    kind = forms.ChoiceField(label="Kind", choices=QualityAction.KINDS, widget=forms.RadioSelect)
    text = forms.CharField(label="What is done", max_length=LONGEST_REASON, widget=forms.Textarea(attrs={"rows": 2}))
    owner = forms.ChoiceField(label="Owner")
    due_on = NearDateField(label="Due on")
    check_on = NearDateField(label="Effect is checked on")
    submission_id = SubmissionIdField()

    def __init__(self, *args: Any, owners: list[Person], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.owners = {person.public_id: person for person in owners}
        options = [("", "Choose"), *((key, person.display_name) for key, person in self.owners.items())]
        self.fields["owner"].choices = options  # type: ignore[attr-defined]


class FinishForm(forms.Form):
    """What was done."""

    note = forms.CharField(label="What was done", max_length=LONGEST_REASON, widget=forms.Textarea(attrs={"rows": 2}))


class CheckForm(forms.Form):
    """Whether an action had its effect, and how it is known."""

    effect = forms.ChoiceField(
        label="Effect", choices=[("effective", "Effective"), ("ineffective", "Not effective")], widget=forms.RadioSelect
    )
    note = forms.CharField(label="How it is known", max_length=LONGEST_REASON, widget=forms.Textarea(attrs={"rows": 2}))


class EthicsForm(forms.Form):
    """What was sent to the ethics board, and when; a late one says why."""

    reported_at = MomentField(label="Sent at")
    reference = forms.CharField(label="What was sent", max_length=200)
    late_reason = forms.CharField(
        label="Why late", max_length=LONGEST_REASON, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args: Any, zone: str, now: datetime, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"reported_at": now})
        super().__init__(*args, **kwargs)
        self.fields["reported_at"].zone = zone  # type: ignore[attr-defined]
        self.fields["reported_at"].not_after = now  # type: ignore[attr-defined]
