"""Forms of the trial's own administration: shape and plausibility only."""

from collections.abc import Sequence
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db.models import QuerySet

from core.form_fields import LONGEST_KEY, MomentField, NearDateField, ReasonField, SignaturePasswordField
from core.models import Person
from core.roles import ROLES, Role
from trials.delegation_log import DelegationRow
from trials.models import Delegation, ProtocolVersion, Site

USERNAME = RegexValidator(r"^[a-z][a-z0-9._-]{2,79}$", "Use small letters, digits, dots and hyphens, three at least.")

LARGEST_FORM = 500_000
LARGEST_REFERENCE = 200_000


class SignForm(forms.Form):
    """Signs exactly what was shown."""

    seen_digest = forms.CharField(max_length=LONGEST_KEY, widget=forms.HiddenInput)
    password = SignaturePasswordField()


class AcceptForm(forms.Form):
    """Accepts a duty that was given to oneself."""

    password = SignaturePasswordField()


APPROVE, REFUSE, LATER = "approve", "refuse", "later"


class DecideForm(forms.Form):
    """Decides each waiting row of the delegation log by itself, under one password."""

    CHOICES = ((APPROVE, "Approve"), (REFUSE, "Refuse"), (LATER, "Later"))

    def __init__(self, *args: Any, rows: Sequence[DelegationRow], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rows = rows
        for row in rows:
            name = f"{row.delegation.person.display_name}, {row.duty_name}"
            key = row.delegation.public_id
            self.fields[key] = forms.ChoiceField(
                label=name, choices=self.CHOICES, initial=LATER, widget=forms.RadioSelect
            )
            self.fields[f"{key}-reason"] = forms.CharField(label=f"Why refuse {name}", required=False, max_length=500)
        self.fields["password"] = SignaturePasswordField()

    def lines(self) -> list[tuple[DelegationRow, forms.BoundField, forms.BoundField]]:
        """Returns each row with its decision and its reason."""
        return [(row, self[row.delegation.public_id], self[f"{row.delegation.public_id}-reason"]) for row in self.rows]

    def clean(self) -> dict[str, Any]:
        """Refuses a refusal without a reason, and a sitting in which nothing is decided."""
        entered: dict[str, Any] = super().clean() or {}
        keys = [row.delegation.public_id for row in self.rows]
        for key in keys:
            if entered.get(key) == REFUSE and not entered.get(f"{key}-reason", "").strip():
                self.add_error(f"{key}-reason", "Say why, in a few words.")
        if all(entered.get(key) == LATER for key in keys):
            raise ValidationError("Choose approve or refuse for at least one row.")
        return entered

    def approved(self) -> list[Delegation]:
        """Returns the rows to approve."""
        return [row.delegation for row in self.rows if self.cleaned_data[row.delegation.public_id] == APPROVE]

    def refused(self) -> dict[Delegation, str]:
        """Returns the rows to refuse, each with its reason."""
        return {
            row.delegation: self.cleaned_data[f"{row.delegation.public_id}-reason"]
            for row in self.rows
            if self.cleaned_data[row.delegation.public_id] == REFUSE
        }


class QualificationForm(forms.Form):
    """Records a training, licence or certificate of a person of the site."""

    person = forms.ModelChoiceField(Person.objects.none(), empty_label="Choose a person")
    code = forms.ChoiceField(label="What")
    reference = forms.CharField(label="Number or title of the document", max_length=120)
    issued_on = NearDateField(label="Issued on")
    expires_on = NearDateField(
        label="Expires on", required=False, help_text="Left empty, the protocol's validity counts."
    )

    def __init__(self, *args: Any, people: QuerySet[Person], kinds: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].queryset = people  # type: ignore[attr-defined]
        self.fields["code"].choices = [("", "Choose what it is"), *kinds]  # type: ignore[attr-defined]


class DelegateForm(forms.Form):
    """Proposes a duty for a person of the site."""

    person = forms.ModelChoiceField(Person.objects.none(), empty_label="Choose a person")
    duty = forms.ChoiceField()
    starts_on = NearDateField(label="From")
    ends_on = NearDateField(label="To", required=False)

    def __init__(self, *args: Any, people: QuerySet[Person], duties: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].queryset = people  # type: ignore[attr-defined]
        self.fields["duty"].choices = [("", "Choose a duty"), *duties]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Refuses an end before the start."""
        entered: dict[str, Any] = super().clean() or {}
        start, end = entered.get("starts_on"), entered.get("ends_on")
        if start and end and end < start:
            self.add_error("ends_on", "The duty cannot end before it begins.")
        return entered


class EndForm(forms.Form):
    """Ends a duty on a day."""

    ends_on = NearDateField(label="Last day")
    reason = ReasonField()


class InviteForm(forms.Form):
    """Adds somebody who will choose the own password by a link."""

    display_name = forms.CharField(label="Name", max_length=120, help_text="As it is printed beside signatures.")
    username = forms.CharField(label="User name", max_length=80, validators=[USERNAME])
    email = forms.EmailField(label="E-mail")
    zone = forms.CharField(label="Time zone", max_length=60, initial="UTC", help_text="For example Europe/Lisbon.")

    def clean_zone(self) -> str:
        """Refuses a zone that does not exist."""
        zone: str = self.cleaned_data["zone"].strip()
        if zone not in available_timezones():
            raise ValidationError(f"“{zone}” is no time zone. Use a name such as Europe/Lisbon.")
        return zone


class GrantForm(forms.Form):
    """Gives a role, at one site or everywhere, from one moment to another."""

    role = forms.ChoiceField(
        widget=forms.RadioSelect,
        choices=[(role.value, f"{role.label}. {ROLES[role].sentence}") for role in Role if role is not Role.SYSTEM],
    )
    site = forms.ModelChoiceField(Site.objects.none(), required=False, empty_label="Every site")
    starts_at = MomentField(label="From")
    ends_at = MomentField(label="To", required=False)

    def __init__(self, *args: Any, sites: QuerySet[Site], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["site"].queryset = sites  # type: ignore[attr-defined]


class ReasonForm(forms.Form):
    """Asks why a role or an account ends."""

    reason = ReasonField()


class LoadFormForm(forms.Form):
    """Loads a consent form's file for a site."""

    site = forms.ModelChoiceField(Site.objects.none(), empty_label="Choose a site")
    protocol_version = forms.ModelChoiceField(
        ProtocolVersion.objects.none(), empty_label="Choose a version", label="Protocol version that the form is about"
    )
    file = forms.FileField(label="File of the form (YAML or JSON)", help_text="Text in UTF-8, at most 500 kB.")

    def __init__(self, *args: Any, sites: QuerySet[Site], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["site"].queryset = sites  # type: ignore[attr-defined]
        versions: Any = self.fields["protocol_version"]
        versions.queryset = ProtocolVersion.objects.order_by("-id")
        versions.label_from_instance = lambda version: f"Version {version.version}"

    def clean_file(self) -> str:
        """Returns the text of the file."""
        uploaded = self.cleaned_data["file"]
        if uploaded.size > LARGEST_FORM:
            raise ValidationError("The file is larger than 500 kB. A consent form is text.")
        try:
            text: str = uploaded.read().decode()
        except UnicodeDecodeError as error:
            raise ValidationError("The file is no text in UTF-8.") from error
        return text


class ApproveFormForm(forms.Form):
    """Puts a consent form in force on the ethics committee's approval."""

    ethics_reference = forms.CharField(label="Reference of the ethics committee's approval", max_length=120)
    ethics_approved_on = NearDateField(label="Approved by the committee on")
    effective_on = NearDateField(label="Used at the site from")
    password = SignaturePasswordField()


class RightsForm(forms.Form):
    """Chooses a person or a role, and a time."""

    whom = forms.ChoiceField(label="Person or role")
    at = MomentField(label="At", required=False, help_text="Now, if it is left empty.")

    def __init__(self, *args: Any, people: Sequence[Person], zone: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people = {person.public_id: person for person in people}
        roles = [(role.value, str(role.label)) for role in Role if role is not Role.SYSTEM]
        named = [(key, f"{person.display_name}, {person.username}") for key, person in self.people.items()]
        self.fields["whom"].choices = [("Roles", roles), ("People", named)]  # type: ignore[attr-defined]
        self.fields["at"].zone = zone  # type: ignore[attr-defined]

    def clean_whom(self) -> Person | Role:
        """Returns the person or the role itself."""
        chosen: str = self.cleaned_data["whom"]
        return self.people.get(chosen) or Role(chosen)


class ReferenceForm(forms.Form):
    """One version of the reference safety information: typed or pasted as lines, or taken from a file."""

    version = forms.CharField(label="Version", max_length=20)
    effective_on = NearDateField(label="In force from")
    document = forms.CharField(
        label="Document it is taken from",
        max_length=200,
        help_text="For example: Investigator's Brochure 7, section 6.",
    )
    terms = forms.CharField(
        label="Listed terms, one a line",
        required=False,
        max_length=LARGEST_REFERENCE,
        widget=forms.Textarea(attrs={"rows": 12, "spellcheck": "false"}),
        help_text="Term; most severe; criteria of seriousness; exact or broad; other words. "
        "Headache; severe; hospitalisation; broad; cephalalgia",
    )
    file = forms.FileField(label="Or a file of such lines", required=False)

    def clean(self) -> dict[str, Any]:
        """Takes the lines of the file where there is one; one of both is needed."""
        entered: dict[str, Any] = super().clean() or self.cleaned_data
        file = entered.pop("file", None)
        if file is not None:
            entered["terms"] = self._lines_of(file)
        elif not entered.get("terms", "").strip():
            self.add_error("terms", "List the terms here, or choose a file.")
        return entered

    def _lines_of(self, file: Any) -> str:
        if file.size > LARGEST_REFERENCE:
            self.add_error("file", "The file is larger than 200 kB. A list of terms is not.")
            return ""
        try:
            return str(file.read().decode("utf-8-sig"))
        except UnicodeDecodeError:
            self.add_error("file", "This is no text in UTF-8. Save the list as plain text.")
            return ""
