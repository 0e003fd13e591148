"""Forms of the listing of events and of what does not agree."""

from typing import TYPE_CHECKING, Any

from django import forms

from core.form_fields import LONGEST_REASON, NearDateField
from protocol.definition import ProtocolDefinition
from safety.forms.events import words
from safety.models import AdverseEventRevision, FindingDecision
from safety.queries.listing import ANY_GROUP, NO_GROUP, ORDERS

if TYPE_CHECKING:
    from trials.models import Site

LONGEST_QUERY = 600
STATES = [
    ("", "All"), ("open", "Not assessed"), ("ongoing", "Going on"), ("ended", "Ended"), ("nullified", "Nullified"),
]  # fmt: skip


class ListingForm(forms.Form):
    """What a listing of events shows, and in which order."""

    site = forms.ChoiceField(label="Site", required=False)
    participant = forms.CharField(label="Participant", max_length=20, required=False)
    term = forms.CharField(label="Term contains", max_length=60, required=False)
    severity = forms.ChoiceField(
        label="Severity", required=False, choices=[("", "All"), *AdverseEventRevision.SEVERITIES]
    )
    serious = forms.ChoiceField(
        label="Serious", required=False, choices=[("", "All"), ("yes", "Serious"), ("no", "Not serious")]
    )
    relation = forms.ChoiceField(label="Relation", required=False)
    group = forms.ChoiceField(label="Special interest", required=False)
    state = forms.ChoiceField(label="State", required=False, choices=STATES)
    from_on = NearDateField(label="Known from", required=False)
    to_on = NearDateField(label="Known until", required=False)
    order = forms.ChoiceField(
        label="Order", required=False, choices=[(name, label) for name, (_, label) in ORDERS.items()]
    )

    def __init__(self, *args: Any, definition: ProtocolDefinition, sites: "list[Site]", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        groups = definition.variables["event_group"].values
        fields: dict[str, Any] = self.fields
        fields["site"].choices = [("", "All"), *((site.code, str(site)) for site in sites)]
        fields["relation"].choices = [
            ("", "All"),
            *((code, words(code)) for code in definition.adverse_events.causality),
        ]
        fields["group"].choices = [
            ("", "All"), (ANY_GROUP, "Any group"), *((code, words(code)) for code in groups if code != NO_GROUP),
        ]  # fmt: skip

    def clean(self) -> dict[str, Any]:
        """Refuses a period that ends before it begins."""
        entered = super().clean() or {}
        if entered.get("from_on") and entered.get("to_on") and entered["to_on"] < entered["from_on"]:
            self.add_error("to_on", "The period ends before it begins.")
        return entered


class SaveListingForm(forms.Form):
    """The name under which a listing is kept."""

    name = forms.CharField(label="Name", max_length=60)
    query = forms.CharField(max_length=LONGEST_QUERY, required=False, widget=forms.HiddenInput)


class FindingForm(forms.Form):
    """What becomes of records that do not agree, and why."""

    decision = forms.ChoiceField(
        label="What becomes of it", choices=FindingDecision.DECISIONS, widget=forms.RadioSelect
    )
    reason = forms.CharField(
        label="Reason, or what is to be corrected",
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Say why, in a few words."},
    )
