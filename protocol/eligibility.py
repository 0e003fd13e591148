"""Eligibility in three values: missing is never eligible. Source: eligibility.logic of the protocol."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from protocol.definition import ProtocolDefinition, Rule
from protocol.expressions import Truth, Value
from protocol.verdict import Evidence, judge

ELIGIBLE, NOT_ELIGIBLE, UNDETERMINED = "eligible", "not_eligible", "undetermined"


@dataclass(frozen=True)
class CriterionVerdict:
    """One criterion with its state: met, not_met, present, not_present, not_yet_known or not_yet_due."""

    code: str
    text: str
    kind: str
    state: str
    evidence: tuple[Evidence, ...]
    missing: tuple[str, ...]

    @property
    def open(self) -> bool:
        """Returns whether something must still be found out or decided."""
        return self.state == "not_yet_known"

    @property
    def fails(self) -> bool:
        """Returns whether the criterion alone makes the person not eligible."""
        return self.state in ("not_met", "present")


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
    known = dict(values) | dict(definition.threshold_variables)
    criteria = (
        *(_criterion(definition, rule, "inclusion", visit_code, known) for rule in definition.inclusion),
        *(_criterion(definition, rule, "exclusion", visit_code, known) for rule in definition.exclusion),
    )
    return EligibilityVerdict(_result(criteria), criteria)


def age_in_years(*, born_on: date, on: date) -> Decimal:
    """Returns the whole years completed on a day."""
    before_birthday = (on.month, on.day) < (born_on.month, born_on.day)
    return Decimal(on.year - born_on.year - before_birthday)


def _result(criteria: tuple[CriterionVerdict, ...]) -> str:
    due = [criterion for criterion in criteria if criterion.state != "not_yet_due"]
    if any(criterion.fails for criterion in due):
        return NOT_ELIGIBLE
    return ELIGIBLE if due and not any(criterion.open for criterion in due) else UNDETERMINED


def _criterion(
    definition: ProtocolDefinition, rule: Rule, kind: str, visit_code: str, values: dict[str, Value]
) -> CriterionVerdict:
    due_at = rule.check_at or definition.eligibility_visits
    verdict = judge(rule, values)
    state = _state(kind, verdict.truth) if visit_code in due_at else "not_yet_due"
    return CriterionVerdict(rule.code, rule.text, kind, state, verdict.evidence, verdict.missing)


def _state(kind: str, truth: Truth) -> str:
    if truth is Truth.UNKNOWN:
        return "not_yet_known"
    words = {"inclusion": ("met", "not_met"), "exclusion": ("present", "not_present")}[kind]
    return words[0] if truth is Truth.TRUE else words[1]
