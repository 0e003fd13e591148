"""Forms of the screening record: values and their corrections."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms

from core.form_fields import MeasureField, MomentField, ReasonField
from patients.forms.leads import YES_NO
from patients.models import Fact
from protocol.definition import Plausibility, ProtocolDefinition
from protocol.expressions import Variable

REASON_FOR = "reason_for_"


def field_of(variable: Variable, limits: Plausibility | None) -> forms.Field:
    """Returns the field of a protocol variable by its type."""
    # The unit stands beside the box.
    label = variable.name.removesuffix(f"_{variable.unit.lower()}").replace("_", " ").capitalize()
    hint = variable.note
    if variable.type == "bool":
        return forms.ChoiceField(label=label, choices=YES_NO, widget=forms.RadioSelect, required=False, help_text=hint)
    if variable.type == "enum":
        choices = [("", "Not known yet"), *((value, value.replace("_", " ")) for value in variable.values)]
        return forms.ChoiceField(label=label, choices=choices, required=False, help_text=hint)
    if variable.type == "number":
        bounds = {} if limits is None else {"min_value": limits.hard[0], "max_value": limits.hard[1]}
        return MeasureField(label=label, unit=variable.unit, required=False, help_text=hint, **bounds)
    return forms.CharField(label=label, required=False, max_length=200, help_text=hint)


class FactsForm(forms.Form):
    """The values that one procedure supplies, each optional: a part can be saved and the rest added later."""

    observed_at = MomentField(label="Observed at")
    source = forms.CharField(
        max_length=120, help_text="Where the values come from, for example “Laboratory report 4711”."
    )

    def __init__(
        self,
        *args: Any,
        variables: tuple[Variable, ...],
        definition: ProtocolDefinition,
        zone: str,
        now: datetime,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.variables = variables
        moment: Any = self.fields["observed_at"]
        moment.zone, moment.not_after = zone, now
        for variable in variables:
            self.fields[variable.name] = field_of(variable, definition.plausibility.get(variable.name))

        # What was asked before is asked again, so that a reason that was typed is read.
        for name in [name for name in self.data if name.startswith(REASON_FOR)]:
            if name.removeprefix(REASON_FOR) in self.fields:
                self._add_reason(name.removeprefix(REASON_FOR))

    def ask_reasons(self, facts: Sequence[Fact]) -> None:
        """Asks, at each value that would be corrected, why; what was typed stays."""
        for fact in facts:
            name = self._add_reason(fact.variable)
            unit = f" {fact.unit}" if fact.unit else ""
            self.add_error(
                name, f"{fact.value}{unit} is recorded for this time. Say why it is corrected, or give another time."
            )

    def _add_reason(self, variable: str) -> str:
        name = f"{REASON_FOR}{variable}"
        label = f"Why {variable.replace('_', ' ')} is corrected"
        self.fields[name] = forms.CharField(label=label, max_length=300, required=False)
        names = [entry for entry in self.fields if entry != name]
        names.insert(names.index(variable) + 1, name)
        self.order_fields(names)
        return name

    @property
    def reasons(self) -> dict[str, str]:
        """Returns why a value is corrected, by variable."""
        return {
            name.removeprefix(REASON_FOR): value
            for name, value in self.cleaned_data.items()
            if name.startswith(REASON_FOR)
        }

    @property
    def values(self) -> dict[str, str]:
        """Returns what was entered, by variable, as it is stored."""
        entered = {variable.name: self.cleaned_data.get(variable.name) for variable in self.variables}
        return {name: str(value) for name, value in entered.items() if value not in (None, "")}


class CorrectionForm(forms.Form):
    """Another value for one that was recorded, and why; `seen` is the value that the person was looking at."""

    seen = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, variable: Variable, definition: ProtocolDefinition, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = field_of(variable, definition.plausibility.get(variable.name))
        field.required = True
        self.fields["value"] = field
        self.fields["reason"] = ReasonField(label="Why it is corrected", max_length=300)
