"""Forms of recruitment."""

from datetime import date, datetime
from typing import Any

from django import forms

from core.clock import local_date
from core.form_fields import MomentField, NearDateField, ReasonField, SubmissionIdField
from patients.models import ContactAttempt
from protocol.definition import Recruitment
from trials.models import Site

YES_NO = [("true", "Yes"), ("false", "No")]


class LeadForm(forms.Form):
    """Somebody who may take part: who it is goes to the vault, the rest to the coded record."""

    submission_id = SubmissionIdField()
    site = forms.ModelChoiceField(queryset=Site.objects.none(), empty_label=None)
    name = forms.CharField(max_length=120, help_text="Kept apart from all data; each reading is logged.")
    phone = forms.CharField(max_length=40, required=False)
    email = forms.EmailField(label="E-mail", required=False)
    born_on = NearDateField(label="Birth date", required=False, help_text="May be asked later; screening needs it.")
    source = forms.ChoiceField(label="How the person came to us")
    heard_on = NearDateField(label="Heard of on")
    next_contact_on = NearDateField(label="Next contact on")
    known_already = forms.BooleanField(
        label="I have read this: another person, or the same one who comes again",
        required=False,
        widget=forms.HiddenInput,
    )

    def __init__(self, *args: Any, sites: Any, recruitment: Recruitment, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["site"].queryset = sites  # type: ignore[attr-defined]
        self.fields["source"].choices = list(recruitment.sources.items())  # type: ignore[attr-defined]
        for name in ("heard_on", "born_on"):
            self.fields[name].latest = today  # type: ignore[attr-defined]
        self.fields["next_contact_on"].earliest = today  # type: ignore[attr-defined]

    def ask_whether_the_person_is_known(self) -> None:
        """Shows the box that nobody sees until a person with the same name, phone or e-mail was found."""
        self.fields["known_already"].widget = forms.CheckboxInput()

    def clean(self) -> dict[str, Any]:
        """Asks for one way at least to reach the person."""
        cleaned = super().clean() or {}
        if not cleaned.get("phone") and not cleaned.get("email") and not {"phone", "email"} & set(self.errors):
            self.add_error("phone", "Enter a phone number or an e-mail address.")
        return cleaned


class AttemptForm(forms.Form):
    """One attempt to reach a lead."""

    submission_id = SubmissionIdField()
    attempted_at = MomentField(label="When")
    channel = forms.ChoiceField(label="How", choices=ContactAttempt.CHANNELS)
    outcome = forms.ChoiceField(label="What came of it", choices=ContactAttempt.OUTCOMES)
    next_contact_on = NearDateField(label="Next contact on", required=False, help_text="Empty where none is wanted.")
    note = forms.CharField(
        max_length=300, required=False, help_text="Name nobody here.", widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args: Any, zone: str, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        moment: Any = self.fields["attempted_at"]
        moment.zone, moment.not_after = zone, now
        self.fields["next_contact_on"].earliest = local_date(now, zone=zone)  # type: ignore[attr-defined]


class PreScreenForm(forms.Form):
    """The protocol's first questions, each yes, no or not asked yet."""

    submission_id = SubmissionIdField()
    observed_at = MomentField(label="Asked at")

    def __init__(self, *args: Any, recruitment: Recruitment, zone: str, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.recruitment = recruitment
        moment: Any = self.fields["observed_at"]
        moment.zone, moment.not_after = zone, now
        for question in recruitment.questions:
            self.fields[question.code] = forms.ChoiceField(
                label=question.text, choices=YES_NO, widget=forms.RadioSelect, required=False
            )

    @property
    def answers(self) -> dict[str, bool]:
        """Returns the answers that were given, by the question's code."""
        given = {question.code: self.cleaned_data.get(question.code) for question in self.recruitment.questions}
        return {code: answer == "true" for code, answer in given.items() if answer}


class LeadReasonForm(forms.Form):
    """Why a lead waits, waits no longer, or is contacted again."""

    reason = ReasonField(max_length=300)


class CloseLeadForm(forms.Form):
    """Why a lead does not go on, by the protocol's list."""

    close_reason = forms.ChoiceField(label="Why the person does not go on")
    note = forms.CharField(max_length=300, required=False, help_text="Name nobody here.")

    def __init__(self, *args: Any, recruitment: Recruitment, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["close_reason"].choices = list(recruitment.close_reasons.items())  # type: ignore[attr-defined]


class PlaceForm(forms.Form):
    """Another place on the waiting list, and why."""

    place = forms.IntegerField(min_value=1, label="New place")
    reason = ReasonField(label="Why the order changes", max_length=300)
