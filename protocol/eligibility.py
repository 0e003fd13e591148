"""Eligibility in three values: missing is never eligible. Source: eligibility.logic of the protocol."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from protocol.criteria import Criterion
from protocol.definition import ProtocolDefinition
from protocol.expressions import Value
from protocol.verdict import Evidence, evidence_for, show

ELIGIBLE, NOT_ELIGIBLE, UNDETERMINED = "eligible", "not_eligible", "undetermined"
NOT_YET_DUE, NOT_YET_KNOWN = "not_yet_due", "not_yet_known"
FAILED = frozenset(("not_met", "present"))


class CriterionVerdict(NamedTuple):
    """One criterion with its state: met, not_met, present, not_present, not_yet_known or not_yet_due.

    It keeps the values it was judged by, and names the evidence among them when it is asked.
    """

    criterion: Criterion
    state: str
    values: Mapping[str, Value]

    @property
    def code(self) -> str:
        """Returns the criterion's own id."""
        return self.criterion.rule.code

    @property
    def text(self) -> str:
        """Returns the clinician's sentence."""
        return self.criterion.rule.text

    @property
    def kind(self) -> str:
        """Returns inclusion or exclusion."""
        return self.criterion.kind

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """Returns the values that the criterion was judged by."""
        return evidence_for(self.criterion.rule, self.values)

    @property
    def missing(self) -> tuple[str, ...]:
        """Returns the variables that were missing."""
        return self.criterion.rule.expression.evaluate(self.values).missing

    @property
    def open(self) -> bool:
        """Returns whether something must still be found out or decided."""
        return self.state == NOT_YET_KNOWN

    @property
    def fails(self) -> bool:
        """Returns whether the criterion alone makes the person not eligible."""
        return self.state in FAILED


@dataclass(frozen=True)
class EligibilityVerdict:
    """The result and the state of every criterion, in the protocol's order."""

    result: str
    criteria: tuple[CriterionVerdict, ...]

    @property
    def missing(self) -> tuple[str, ...]:
        """Returns the variables that are still missing, once each."""
        names = [name for criterion in self.criteria if criterion.open for name in criterion.missing]
        return tuple(dict.fromkeys(names))


def judge_eligibility(
    definition: ProtocolDefinition, *, visit_code: str, values: Mapping[str, Value]
) -> EligibilityVerdict:
    """Returns the verdict on every criterion due at a visit; one that is not yet due does not count.

    At a visit where nothing is due, nothing is determined.
    """
    criteria, values = definition.criteria, {**values, **definition.threshold_variables}
    known = criteria.read(values)
    verdicts = tuple(
        [
            CriterionVerdict(
                each,
                each.words[each.rule.expression.judge(known)] if visit_code in each.due_at else NOT_YET_DUE,
                values,
            )
            for each in criteria.each
        ]
    )
    return EligibilityVerdict(_result({verdict.state for verdict in verdicts}), verdicts)


def age_limit(definition: ProtocolDefinition, variable: str) -> int | None:
    """Returns how many days old a result of the variable's procedure may be; None where nothing limits it."""
    declared = definition.variables.get(variable)
    limits = definition.screening.result_age_days
    return min((limits[code] for code in (declared.procedures if declared else ()) if code in limits), default=None)


def outdated(definition: ProtocolDefinition, *, variable: str, observed_on: date, on: date) -> bool:
    """Returns whether a value is older than the protocol lets a result of its procedure be."""
    limit = age_limit(definition, variable)
    return limit is not None and (on - observed_on).days > limit


def judge_again(
    definition: ProtocolDefinition,
    *,
    visit_code: str,
    evidence: Mapping[str, str],
    newer: Mapping[str, Value] = {},
) -> EligibilityVerdict:
    """Returns the verdict that written evidence gives by its version of the protocol, and with newer values over it."""
    values = {
        name: value
        for name, text in evidence.items()
        if name in definition.variables and (value := _as_judged(definition, name, text)) is not None
    }
    return judge_eligibility(definition, visit_code=visit_code, values={**values, **newer})


def _as_judged(definition: ProtocolDefinition, name: str, text: str) -> Value | None:
    """Returns the value that evidence shows as a text; None where the variable has no such value."""
    variable = definition.variables[name]
    if variable.type == "bool":
        return {"yes": True, "no": False}.get(text)
    if variable.type == "number":
        return Decimal(text)
    if variable.type == "enum":
        return next((value for value in variable.values if show(value) == text), None)
    return text


def age_in_years(*, born_on: date, on: date) -> Decimal:
    """Returns the whole years completed on a day."""
    before_birthday = (on.month, on.day) < (born_on.month, born_on.day)
    return Decimal(on.year - born_on.year - before_birthday)


def _result(states: set[str]) -> str:
    due = states - {NOT_YET_DUE}
    if due & FAILED:
        return NOT_ELIGIBLE
    return ELIGIBLE if due and NOT_YET_KNOWN not in due else UNDETERMINED
