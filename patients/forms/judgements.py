"""The form of a clinician's sitting: criteria that nobody measures and results out of range, one signature."""

from collections.abc import Sequence
from typing import Any

from django import forms

from core.form_fields import ReasonField, SignaturePasswordField, SubmissionIdField
from patients.actions import ResultJudgement, Sitting
from patients.forms.leads import YES_NO
from patients.screening import ResultLine
from protocol.expressions import Variable

SIGNIFICANCE = [("no", "Not clinically significant"), ("yes", "Clinically significant")]


class JudgementForm(forms.Form):
    """One line for each variable and each result that waits for the person's duty; each may be left open."""

    def __init__(self, *args: Any, variables: Sequence[Variable], results: Sequence[ResultLine], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.variables, self.results = tuple(variables), tuple(results)
        for variable in self.variables:
            self.fields[variable.name] = forms.ChoiceField(
                label=variable.name.replace("_", " ").capitalize(),
                choices=YES_NO,
                widget=forms.RadioSelect,
                required=False,
                help_text=variable.note,
            )
        for line in self.results:
            key = line.result.public_id
            shown = f"{line.measure.name} {line.result.value} {line.result.unit}".strip()
            self.fields[key] = forms.ChoiceField(
                label=f"{shown}, {line.flag}", choices=SIGNIFICANCE, widget=forms.RadioSelect, required=False
            )
            self.fields[f"comment_{key}"] = forms.CharField(
                label=f"What {line.measure.name} means", max_length=300, required=False
            )
        self.fields["grounds"] = ReasonField(
            label="On what grounds", max_length=600,
            error_messages={"required": "Say on what grounds, in a few words."},
        )  # fmt: skip
        self.fields["password"] = SignaturePasswordField()
        self.fields["submission_id"] = SubmissionIdField()

    @property
    def sitting(self) -> Sitting:
        """Returns what was judged."""
        said = self.cleaned_data
        return Sitting(
            answers={v.name: said[v.name] == "true" for v in self.variables if said.get(v.name)},
            results={
                line.result.public_id: ResultJudgement(
                    said[line.result.public_id] == "yes", said.get(f"comment_{line.result.public_id}", "")
                )
                for line in self.results
                if said.get(line.result.public_id)
            },
            grounds=said["grounds"],
        )
