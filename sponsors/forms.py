"""Shape of what is typed about tokens and exports."""

from typing import Any

from django import forms

from core.form_fields import CountField, SubmissionIdField
from sponsors.actions import LONGEST_DAYS, SCOPES
from sponsors.datasets import DATASETS, Viewpoint
from sponsors.models import ApiToken
from trials.models import Site


class TokenForm(forms.Form):
    """What a token may do, and for how long."""

    name = forms.CharField(max_length=80, help_text="For example “Nightly pull of the sponsor”.")
    scopes = forms.MultipleChoiceField(choices=list(SCOPES.items()), widget=forms.CheckboxSelectMultiple)
    blinding_class = forms.ChoiceField(choices=ApiToken.BLINDING_CLASSES, widget=forms.RadioSelect)
    sites = forms.ModelMultipleChoiceField(
        queryset=Site.objects.none(), required=False, widget=forms.CheckboxSelectMultiple, help_text="None means all."
    )
    days = CountField(label="Valid for", unit="days", min_value=1, max_value=LONGEST_DAYS, initial=90)

    def __init__(self, *args: Any, sites: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["sites"].queryset = sites  # type: ignore[attr-defined]


class ExportForm(forms.Form):
    """Which datasets to export."""

    submission_id = SubmissionIdField()
    datasets = forms.MultipleChoiceField(
        widget=forms.CheckboxSelectMultiple, required=False, help_text="None means all."
    )

    def __init__(self, *args: Any, viewpoint: Viewpoint, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(name, dataset.label) for name, dataset in DATASETS.items() if dataset.is_open_to(viewpoint)]
        self.fields["datasets"].choices = choices  # type: ignore[attr-defined]
        self.on_offer = len(choices)
