"""Forms of complaints about conduct."""

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from django import forms

from core.form_fields import LONGEST_KEY, LONGEST_NARRATIVE, PartialDateField, SubmissionIdField
from core.models import Person
from protocol.office import SafetyOffice
from safety.models import ComplaintStep

if TYPE_CHECKING:
    from trials.models import Delegation, Site

LONG = {"rows": 4}


class ComplaintForm(forms.Form):
    """What happened, where, and whom it is about."""

    kind = forms.ChoiceField(label="What is it about?", widget=forms.RadioSelect)
    site = forms.ChoiceField(label="Site")
    words = forms.CharField(
        label="What happened", max_length=LONGEST_NARRATIVE, widget=forms.Textarea(attrs={"rows": 6})
    )
    happened_on = PartialDateField(label="When", required=False)
    subject_code = forms.CharField(label="Participant's code, if it is about one", max_length=20, required=False)
    named = forms.MultipleChoiceField(
        label="Whom it is about",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Nobody ticked here can ever read this.",
    )
    report_id = forms.CharField(max_length=LONGEST_KEY, required=False, widget=forms.HiddenInput)
    submission_id = SubmissionIdField()

    def __init__(
        self, *args: Any, office: SafetyOffice, sites: "list[Site]", people: list[Person], today: date, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.sites, self.people = {s.code: s for s in sites}, {p.public_id: p for p in people}
        fields: dict[str, Any] = self.fields
        fields["kind"].choices = list(office.complaint_kinds.items())
        fields["site"].choices = [(code, str(site)) for code, site in self.sites.items()]
        fields["named"].choices = [(key, person.display_name) for key, person in self.people.items()]
        fields["happened_on"].not_after = today


class SaidForm(forms.Form):
    """What happens now."""

    text = forms.CharField(label="What happens now", max_length=LONGEST_NARRATIVE, widget=forms.Textarea(attrs=LONG))


class StepForm(forms.Form):
    """What was done about a complaint."""

    kind = forms.ChoiceField(
        label="Step",
        widget=forms.RadioSelect,
        choices=[choice for choice in ComplaintStep.KINDS if choice[0] in ("note", "measure", "ethics")],
    )
    text = forms.CharField(label="What was done", max_length=LONGEST_NARRATIVE, widget=forms.Textarea(attrs=LONG))


class SuspensionForm(forms.Form):
    """Which duty rests from this minute, and why."""

    delegation = forms.ChoiceField(label="Duty")
    text = forms.CharField(label="Why", max_length=LONGEST_NARRATIVE, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, duties: "Sequence[Delegation]", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.duties = {duty.public_id: duty for duty in duties}
        self.fields["delegation"].choices = [  # type: ignore[attr-defined]
            (key, f"{duty.person.display_name}, {duty.duty.replace('_', ' ')}, {duty.site.code}")
            for key, duty in self.duties.items()
        ]


class PersonForm(forms.Form):
    """Somebody who is put on the list, or is named."""

    person = forms.ChoiceField(label="Person")

    def __init__(self, *args: Any, people: list[Person], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people = {person.public_id: person for person in people}
        options = [("", "Choose"), *((key, person.display_name) for key, person in self.people.items())]
        self.fields["person"].choices = options  # type: ignore[attr-defined]


class ClosingForm(forms.Form):
    """How a complaint ends."""

    verdict = forms.ChoiceField(
        label="Verdict", choices=[("founded", "Founded"), ("unfounded", "Not founded")], widget=forms.RadioSelect
    )
    outcome = forms.CharField(
        label="What was found, and what follows", max_length=LONGEST_NARRATIVE, widget=forms.Textarea(attrs=LONG)
    )
