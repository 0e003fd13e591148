"""Forms of results: values by measure with their units, files, normal ranges."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms

from core.clock import local_date
from core.form_fields import CountField, MeasureField, MomentField, NearDateField
from patients.actions import RangeDetails, ResultEntry
from patients.result_rows import LARGEST_BYTES
from protocol.definition import Measure, ProtocolDefinition

UNIT_OF, REASON_FOR = "unit_", "reason_for_"


class ResultsForm(forms.Form):
    """What one procedure reports, each value optional and in a unit that is chosen beside it."""

    collected_at = MomentField(label="Taken at")
    laboratory = forms.CharField(max_length=80, label="Laboratory or device")
    report = forms.CharField(max_length=60, label="Number of the report", required=False)

    def __init__(self, *args: Any, measures: Sequence[Measure], zone: str, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.measures = tuple(measures)
        moment: Any = self.fields["collected_at"]
        moment.zone, moment.not_after = zone, now
        for measure in self.measures:
            self.fields[measure.code] = _value_field(measure)
            if len(measure.units) > 1:
                self.fields[UNIT_OF + measure.code] = forms.ChoiceField(
                    label=f"Unit of {measure.name}", choices=[(unit, unit) for unit in measure.units], required=False
                )
        # What was asked before is asked again, so that a reason that was typed is read.
        for code in [measure.code for measure in self.measures if REASON_FOR + measure.code in self.data]:
            self.ask_reason(code, "")

    def ask_reason(self, code: str, sentence: str) -> None:
        """Asks why a recorded result is corrected."""
        name = REASON_FOR + code
        measure = next(each for each in self.measures if each.code == code)
        self.fields[name] = forms.CharField(label=f"Why {measure.name} is corrected", max_length=300, required=False)
        names = [each for each in self.fields if each != name]
        names.insert(names.index(code) + 1, name)
        self.order_fields(names)
        if sentence:
            self.add_error(name, sentence)

    @property
    def entries(self) -> list[ResultEntry]:
        """Returns what was entered, value by value."""
        said = self.cleaned_data
        return [
            ResultEntry(
                measure.code,
                str(said[measure.code]),
                said.get(UNIT_OF + measure.code) or measure.unit,
                said["collected_at"],
                said["laboratory"],
                said["report"],
                said.get(REASON_FOR + measure.code) or "",
            )
            for measure in self.measures
            if said.get(measure.code) not in (None, "")
        ]


def _value_field(measure: Measure) -> forms.Field:
    if measure.values:
        choices = [("", "Not known yet"), *((value, value.replace("_", " ")) for value in measure.values)]
        return forms.ChoiceField(label=measure.name, choices=choices, required=False)
    if len(measure.units) > 1:
        return MeasureField(label=measure.name, required=False, max_digits=12)
    return MeasureField(label=measure.name, unit=measure.unit, required=False, max_digits=12)


class ResultFileForm(forms.Form):
    """A file of results for a site."""

    site: Any = forms.ModelChoiceField(queryset=None)
    file = forms.FileField(
        label="CSV file",
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,text/csv"}),
        help_text="At most 5 MB and 10,000 rows, in UTF-8. Nothing is loaded before you have seen what would be.",
    )

    def __init__(self, *args: Any, sites: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["site"]
        field.queryset = sites
        if sites.count() == 1:
            field.initial = sites[0]

    def clean_file(self) -> Any:
        """Refuses a file that is too large before it is read."""
        file = self.cleaned_data["file"]
        if file.size > LARGEST_BYTES:
            raise forms.ValidationError("The file is larger than 5 MB. Split it and send the parts one by one.")
        return file


class RangeForm(forms.Form):
    """A range of normal as the laboratory states it."""

    site: Any = forms.ModelChoiceField(queryset=None)
    laboratory = forms.CharField(max_length=80)
    measure = forms.ChoiceField()
    unit = forms.ChoiceField()
    low = MeasureField(label="Lower limit", required=False, max_digits=12)
    high = MeasureField(label="Upper limit", required=False, max_digits=12)
    sex = forms.ChoiceField(label="For whom", required=False)
    age_from = CountField(label="From the age of", unit="years", min_value=0, max_value=120, required=False)
    age_to = CountField(label="Below the age of", unit="years", min_value=1, max_value=121, required=False)
    valid_from = NearDateField(label="Holds from")

    def __init__(self, *args: Any, sites: Any, definition: ProtocolDefinition, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        fields["site"].queryset = sites
        screening = definition.screening
        numbers = [measure for measure in screening.measures.values() if measure.unit]
        fields["measure"].choices = [("", "Choose"), *((each.code, each.name) for each in numbers)]
        units = dict.fromkeys(unit for measure in numbers for unit in measure.units)
        fields["unit"].choices = [("", "Choose"), *((unit, unit) for unit in units)]
        sexes = definition.variables[screening.sex_variable].values if screening.sex_variable else ()
        fields["sex"].choices = [("", "Everybody"), *((sex, sex) for sex in sexes)]
        fields["valid_from"].latest = local_date(now, zone="UTC")

    @property
    def entered(self) -> RangeDetails:
        """Returns what was entered, as the verb takes it."""
        said = dict(self.cleaned_data)
        said.pop("site")
        return RangeDetails(**said | {"age_from": said["age_from"] or 0})
