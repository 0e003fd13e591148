"""Forms of reports: the narrative, what the record does not hold, to whom a report goes, and what was answered."""

from collections.abc import Sequence
from typing import Any

from django import forms

from core.form_fields import PartialDateField, ReasonField, SignaturePasswordField, SubmissionIdField
from reports.queries import Entered

LONGEST_NARRATIVE, LONGEST_COMMENT, LARGEST_ANSWER = 100_000, 20_000, 5_000_000
LONGEST_REFERENCE, LONGEST_CAUSE = 100, 250
EIGHT_DIGITS, NO_CODE = r"^\d{8}$", {"invalid": "A code has eight digits."}
OF_A_DEATH = ("died_on", "died_why", "autopsy", "cause", "cause_code", "autopsy_cause", "autopsy_cause_code")
WHY_NOT_KNOWN = [("UNK", "Not known"), ("ASKU", "Asked, not known"), ("NASK", "Not asked"), ("MSK", "Masked")]
AUTOPSY = [("true", "Yes"), ("false", "No"), ("UNK", "Not known"), ("ASKU", "Asked, not known"), ("NASK", "Not asked")]


class NarrativeForm(forms.Form):
    """The case in words, and why it is told anew."""

    text = forms.CharField(
        label="The case in words", max_length=LONGEST_NARRATIVE, widget=forms.Textarea(attrs={"rows": 12})
    )
    reason = ReasonField(label="Why it is written or changed")
    seen_number = forms.IntegerField(widget=forms.HiddenInput)


class ReportForm(forms.Form):
    """What the safety desk adds to the record before a report is made."""

    code = forms.RegexField(EIGHT_DIGITS, label="Code of the term (E.i.2.1b)", max_length=8, error_messages=NO_CODE)
    dictionary_version = forms.RegexField(
        r"^\d{1,2}\.\d$", label="Version of the dictionary (E.i.2.1a)", max_length=4,
        error_messages={"invalid": "Write the version as 27.1."},
    )  # fmt: skip
    died_on = PartialDateField(label="Date of death (D.9.1)", required=False)
    died_why = forms.ChoiceField(
        label="Or why it is not known", required=False, choices=[("", "The date is given"), *WHY_NOT_KNOWN]
    )
    autopsy = forms.ChoiceField(
        label="Was there an autopsy? (D.9.3)", required=False, choices=[("", "Choose"), *AUTOPSY]
    )
    cause = forms.CharField(label="Cause of death, as reported (D.9.2.r.2)", required=False, max_length=LONGEST_CAUSE)
    cause_code = forms.RegexField(
        EIGHT_DIGITS, label="Code of its term (D.9.2.r.1b)", required=False, max_length=8, error_messages=NO_CODE
    )
    autopsy_cause = forms.CharField(
        label="Cause of death, by autopsy (D.9.4.r.2)", required=False, max_length=LONGEST_CAUSE
    )
    autopsy_cause_code = forms.RegexField(
        EIGHT_DIGITS, label="Code of its term (D.9.4.r.1b)", required=False, max_length=8, error_messages=NO_CODE
    )
    sender_comment = forms.CharField(
        label="Comment of the sponsor (H.4)", required=False, max_length=LONGEST_COMMENT,
        widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip
    amends = forms.BooleanField(label="What was reported before was wrong: this amends it", required=False)
    reason = ReasonField(label="Why it is amended or taken back (C.1.11.2)", required=False)
    submission_id = SubmissionIdField()

    def __init__(self, *args: Any, is_fatal: bool, is_first: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not is_fatal:
            for name in OF_A_DEATH:
                del self.fields[name]
        if is_first:
            for name in ("amends", "reason"):
                del self.fields[name]

    def clean(self) -> dict[str, Any]:
        """Refuses a date of death together with a reason why it is not known."""
        entered: dict[str, Any] = super().clean() or self.cleaned_data
        if entered.get("died_on") and entered.get("died_why"):
            self.add_error("died_why", "Give the date, or why it is not known; not both.")
        for name, of in (("cause", "cause_code"), ("autopsy_cause", "autopsy_cause_code")):
            if entered.get(of) and not entered.get(name):
                self.add_error(name, "Give the cause in words beside its code.")
        if entered.get("autopsy_cause") and entered.get("autopsy") != "true":
            self.add_error("autopsy", "What an autopsy found is told: say that there was one.")
        if entered.get("amends") and not entered.get("reason"):
            self.add_error("reason", "Say what was wrong.")
        return entered

    def entered(self) -> Entered:
        """Returns what was entered, as the report takes it."""
        told = self.cleaned_data
        return Entered(
            code=told["code"],
            dictionary_version=told["dictionary_version"],
            died=told.get("died_on") or told.get("died_why") or "",
            autopsy=told.get("autopsy") or "",
            cause=told.get("cause") or "",
            cause_code=told.get("cause_code") or "",
            autopsy_cause=told.get("autopsy_cause") or "",
            autopsy_cause_code=told.get("autopsy_cause_code") or "",
            sender_comment=told["sender_comment"],
        )


class SendForm(forms.Form):
    """To whom a report goes."""

    receiver = forms.ChoiceField(label="Receiver", widget=forms.RadioSelect)

    def __init__(self, *args: Any, receivers: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["receiver"].choices = list(receivers)  # type: ignore[attr-defined]


class AnswerForm(forms.Form):
    """The acknowledgement of a receiver, as a file."""

    file = forms.FileField(label="Acknowledgement (XML)")

    def clean_file(self) -> bytes:
        """Returns the content of the file; refuses one that is larger than any acknowledgement."""
        file = self.cleaned_data["file"]
        if file.size > LARGEST_ANSWER:
            raise forms.ValidationError("The file is larger than 5 MB. No acknowledgement is.")
        return bytes(file.read())


class DoubtForm(forms.Form):
    """Whether a report arrived of which nobody knows whether it left."""

    arrived = forms.ChoiceField(
        label="Did it arrive?", choices=[("yes", "It arrived"), ("no", "It did not: send it")], widget=forms.RadioSelect
    )
    reason = ReasonField(label="How you know")


class UnblindCaseForm(forms.Form):
    """Why one case is unblinded for regulators, under the own password."""

    reason = ReasonField(label="Why it is unblinded", initial="Suspected unexpected serious reaction, to be reported")
    password = SignaturePasswordField(error_messages={"required": "Enter your password; nothing was revealed."})


class RegulatorForm(forms.Form):
    """For which receiver the unblinded report is."""

    receiver = forms.ChoiceField(label="Receiver")

    def __init__(self, *args: Any, receivers: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["receiver"].choices = list(receivers)  # type: ignore[attr-defined]


class RegulatorSentForm(RegulatorForm):
    """To whom the unblinded report went, and under which number."""

    reference = forms.CharField(label="Number of the transmission", max_length=LONGEST_REFERENCE)
