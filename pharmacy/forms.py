"""Forms of the pharmacy: shape and plausibility only; the actions decide."""

import re
from collections.abc import Sequence
from datetime import date
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from core.form_fields import (
    LONGEST_KEY,
    LONGEST_NARRATIVE,
    CountField,
    MeasureField,
    NearDateField,
    ReasonField,
    SignaturePasswordField,
    SubmissionIdField,
)
from core.models import Person
from pharmacy.allocation import KitArrival
from pharmacy.list_file import LARGEST_BYTES
from pharmacy.models import BoardRecommendation, Discrepancy, Kit

REMAINS = [
    ("Empty", "All bottles empty"),
    ("Unopened bottle", "A bottle unopened"),
    ("Part used", "A bottle part used"),
]
LINE = re.compile(r"[;\t,]")
MOST_KITS = 500


class TypedCodeForm(forms.Form):
    """Asks for the participant's code to be typed, which no slip of the mouse can do."""

    typed_code = forms.CharField(label="Participant code", max_length=40)
    password = SignaturePasswordField()

    def __init__(self, *args: Any, code: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.code = code
        self.fields["typed_code"].help_text = f"Type {code} to confirm."
        self.fields["typed_code"].widget.attrs["autocomplete"] = "off"

    def clean_typed_code(self) -> str:
        """Refuses any other code."""
        typed: str = self.cleaned_data["typed_code"].strip()
        if typed.upper() != self.code.upper():
            raise ValidationError(f"This is not the code of this participant, {self.code}.")
        return typed


class RandomiseForm(TypedCodeForm):
    """Confirms the request for the allocation."""

    submission_id = SubmissionIdField()


class UnblindForm(TypedCodeForm):
    """Says why one participant must be unblinded now."""

    field_order = ("reason", "typed_code", "password")
    reason = ReasonField(
        label="Why it cannot wait",
        help_text="The clinical reason, in a sentence. Do not guess the arm here: blinded people read this.",
    )


class WitnessForm(forms.Form):
    """Asks a second person to prove by the own password that he is there."""

    witness = forms.ModelChoiceField(Person.objects.none(), empty_label="Choose the witness")
    witness_password = SignaturePasswordField(
        label="Password of the witness",
        help_text="Typed by the witness.",
        error_messages={"required": "The witness types the own password."},
    )

    def __init__(self, *args: Any, witnesses: QuerySet[Person], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["witness"].queryset = witnesses  # type: ignore[attr-defined]
        self.order_fields([name for name in self.fields if name not in WitnessForm.base_fields])


class VisitWitnessForm(WitnessForm):
    """Names the dosing visit that a kit goes to or comes from."""

    visit = forms.ChoiceField(label="Dosing visit")

    def __init__(self, *args: Any, visits: list[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.visits = {visit.public_id: visit for visit in visits}
        self.fields["visit"].choices = [(key, str(visit)) for key, visit in self.visits.items()]  # type: ignore[attr-defined]

    def clean_visit(self) -> Any:
        """Returns the visit itself."""
        return self.visits[self.cleaned_data["visit"]]


class DispenseForm(VisitWitnessForm):
    """Dispenses a kit to a dosing visit; the number is read from the kit in the hand, not from the page."""

    kit_number = forms.CharField(
        label="Number on the kit", max_length=20, help_text="Scan or type it from the kit in your hand."
    )

    def __init__(self, *args: Any, kit: Kit, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kit = kit
        self.fields["kit_number"].widget.attrs["autocomplete"] = "off"
        self.order_fields(["visit", "kit_number", "witness", "witness_password"])

    def clean_kit_number(self) -> str:
        """Refuses any other kit."""
        typed: str = self.cleaned_data["kit_number"].strip()
        if typed.upper() != self.kit.number.upper():
            raise ValidationError(f"This is not kit {self.kit.number}. Take the kit with this number.")
        return typed


class ReturnForm(VisitWitnessForm):
    """Takes a kit back from a dosing visit; what came back is said in fixed words that cannot hint at a content."""

    remains = forms.ChoiceField(label="What came back", choices=REMAINS)
    units = CountField(label="Capsules back", unit="capsules", min_value=0, max_value=99, initial=0)


class ReceiveForm(WitnessForm):
    """Reads a shipping note: one kit a line, with number, content, lot and expiry."""

    order_form = forms.CharField(
        label="Order form", max_length=40, help_text="The number of the form it was ordered on."
    )
    lowest_c = MeasureField(label="Lowest on the way", unit="°C", min_value=-80, max_value=80, required=False)
    highest_c = MeasureField(
        label="Highest on the way",
        unit="°C",
        min_value=-80,
        max_value=80,
        required=False,
        help_text="From the logger in the box. Outside the protocol's limits the kits go into quarantine.",
    )
    kits = forms.CharField(
        label="Kits",
        max_length=100_000,
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false", "class": "mono"}),
        help_text="One kit a line: number; content code; lot; expiry as 2027-06-30.",
    )

    def clean_kits(self) -> list[KitArrival]:
        """Returns the kits of the note; every faulty line is named."""
        lines = [line.strip() for line in self.cleaned_data["kits"].splitlines()]
        arrived, faults = [], []
        for number, line in enumerate(lines, start=1):
            if not line:
                continue
            try:
                arrived.append(_read_line(line))
            except ValidationError as fault:
                faults.append(f"Line {number}: {fault.message}")
        if len(arrived) > MOST_KITS:
            faults.append(f"Receive at most {MOST_KITS} kits at once.")
        doubles = {kit.number for kit in arrived if sum(other.number == kit.number for other in arrived) > 1}
        faults += [f"Kit {number} is listed twice." for number in sorted(doubles)]
        if faults:
            raise ValidationError(faults)
        return arrived


class MakeListForm(forms.Form):
    """Asks how long the list shall be."""

    slots_per_stratum = CountField(
        label="Slots in each stratum",
        min_value=2,
        max_value=2000,
        help_text="More than the site can enrol: a sealed list cannot grow. The last block is always whole.",
    )

    def __init__(self, *args: Any, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if kind == "minimisation":
            places = self.fields["slots_per_stratum"]
            places.label = "Places for the whole trial"
            places.help_text = "More than the trial can enrol: a sealed list cannot grow. Each arm is open until then."


class UploadListForm(forms.Form):
    """Takes the statistician's own list."""

    file = forms.FileField(
        label="List as CSV",
        help_text="One row for each place, in order. The first line names the columns; “block” may be left out.",
        error_messages={"required": "Choose the file."},
        widget=forms.FileInput(attrs={"accept": ".csv,text/csv"}),
    )

    def clean_file(self) -> Any:
        """Refuses a file that is no list."""
        file = self.cleaned_data["file"]
        if file.size > LARGEST_BYTES:
            raise ValidationError("The file is larger than 2 MB, which no list is.")
        return file


class RehearsalForm(forms.Form):
    """Says how many simulated people come to how many simulated trials."""

    FIRST: ClassVar[dict[str, Any]] = {"people": 80, "trials": 100, "seed": "rehearsal"}

    people = CountField(label="People in each trial", min_value=4, max_value=200, initial=FIRST["people"])
    trials = CountField(label="Simulated trials", min_value=1, max_value=200, initial=FIRST["trials"])
    seed = forms.CharField(
        label="Seed of the rehearsal", max_length=60, initial=FIRST["seed"],
        help_text="The same seed gives the same rehearsal. It has nothing to do with the seed of the list.",
    )  # fmt: skip


class SealForm(forms.Form):
    """Seals the draft that was shown."""

    seen_digest = forms.CharField(max_length=LONGEST_KEY, widget=forms.HiddenInput)
    password = SignaturePasswordField()


class HandlingForm(forms.Form):
    """Says what is done with a kit; the second person signs where the rule asks for one."""

    kind = forms.ChoiceField(label="What is done")
    document = forms.CharField(
        label="Form or letter", max_length=60, required=False, help_text="Its number. Asked for by all but quarantine."
    )
    witness = forms.ModelChoiceField(Person.objects.none(), required=False, empty_label="Choose the witness")
    witness_password = SignaturePasswordField(
        label="Password of the witness", required=False, help_text="Not needed for quarantine and release."
    )
    submission_id = SubmissionIdField()

    def __init__(
        self, *args: Any, kinds: Sequence[tuple[str, str]], witnesses: QuerySet[Person], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = kinds  # type: ignore[attr-defined]
        self.fields["witness"].queryset = witnesses  # type: ignore[attr-defined]


class ReversalForm(WitnessForm):
    """Puts back what an entry moved."""

    entry = forms.ChoiceField(label="Entry to reverse")
    document = forms.CharField(label="File note", max_length=60)
    submission_id = SubmissionIdField()

    def __init__(self, *args: Any, entries: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["entry"].choices = entries  # type: ignore[attr-defined]


class TemperatureForm(forms.Form):
    """Reads the thermometer of the storage."""

    lowest_c = MeasureField(label="Lowest since the last reading", unit="°C", min_value=-80, max_value=80)
    highest_c = MeasureField(label="Highest since the last reading", unit="°C", min_value=-80, max_value=80)
    submission_id = SubmissionIdField()


class OpenCountForm(forms.Form):
    """Opens a count."""

    kind = forms.ChoiceField(label="Kind of count")

    def __init__(self, *args: Any, kinds: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = kinds  # type: ignore[attr-defined]


class FiguresForm(forms.Form):
    """Asks for a figure on each line of a count; what is expected stands nowhere."""

    def __init__(self, *args: Any, lines: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, label in lines:
            self.fields[name] = CountField(label=label, unit="capsules", min_value=0, max_value=100_000)


class ResolveForm(forms.Form):
    """Closes a case with its cause."""

    cause = forms.ChoiceField(choices=Discrepancy.CAUSES)
    note = ReasonField(
        label="What was found out", help_text="Kept in the pharmacy: no blinded person reads it.", max_length=2000
    )


class EnvelopeForm(forms.Form):
    """Asks for the code that opens the envelope's file; it is typed twice and kept nowhere."""

    code = forms.CharField(
        label="Opening code",
        min_length=12,
        max_length=100,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="12 characters at least. Keep it apart from the envelope: Vigil does not know it afterwards.",
    )
    code_again = forms.CharField(
        label="Opening code again",
        max_length=100,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    password = SignaturePasswordField()

    def clean(self) -> dict[str, Any]:
        """Refuses two different codes."""
        entered = super().clean() or {}
        if entered.get("code") and entered.get("code") != entered.get("code_again"):
            self.add_error("code_again", "The two codes differ.")
        return entered


class OpenedForm(forms.Form):
    """Records that an envelope was opened."""

    opened_by = forms.ModelChoiceField(Person.objects.none(), label="Who opened it", empty_label="Choose the person")
    reason = ReasonField(label="Why", help_text="Blinded people read this: say nothing of the contents.")

    def __init__(self, *args: Any, people: QuerySet[Person], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["opened_by"].queryset = people  # type: ignore[attr-defined]


class StartDrillForm(forms.Form):
    """Chooses whom a drill is about."""

    participant = forms.ChoiceField()

    def __init__(self, *args: Any, people: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["participant"].choices = people  # type: ignore[attr-defined]


class DrillForm(TypedCodeForm):
    """Goes through the motions of an unblinding."""


def _read_line(line: str) -> KitArrival:
    parts = [part.strip() for part in LINE.split(line)]
    if len(parts) != 4 or not all(parts):
        raise ValidationError("give number; content code; lot; expiry.")
    number, arm, lot, expiry = parts
    if not re.fullmatch(r"[A-Za-z0-9-]{2,20}", number):
        raise ValidationError(f"“{number}” is no kit number: letters, digits and hyphens, 20 at most.")
    expires_on: date = NearDateField().clean(expiry)
    return KitArrival(number, arm, lot[:40], expires_on)


class BoardReportForm(forms.Form):
    """What a report for the monitoring board is called."""

    submission_id = SubmissionIdField()
    title = forms.CharField(label="Title", max_length=120, help_text="For example: third meeting, data of November")


class RecommendationForm(forms.Form):
    """What the monitoring board recommends, signed by whoever records it."""

    recommendation = forms.ChoiceField(
        label="Recommendation", choices=BoardRecommendation.RECOMMENDATIONS, widget=forms.RadioSelect
    )
    text = forms.CharField(
        label="What the board says", max_length=LONGEST_NARRATIVE, widget=forms.Textarea(attrs={"rows": 4})
    )
    met_on = NearDateField(label="Meeting of")
    password = SignaturePasswordField()
    submission_id = SubmissionIdField()
