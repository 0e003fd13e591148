"""What a rule answers: its id, three values, and the evidence it judged by."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from protocol.definition import Rule
from protocol.expressions import Missing, Truth, Value


@dataclass(frozen=True)
class Evidence:
    """One value that a verdict rests on."""

    variable: str
    value: Value
    unit: str = ""

    @property
    def text(self) -> str:
        """Returns the value as it is shown."""
        return show(self.value)


@dataclass(frozen=True)
class Verdict:
    """The judgement of one rule. `holds` is None when it cannot be assessed."""

    rule: str
    text: str
    truth: Truth
    evidence: tuple[Evidence, ...] = ()
    missing: Missing = ()
    action: str = ""

    @property
    def holds(self) -> bool | None:
        """Returns whether the rule's condition is true, or None when it is not known."""
        return {Truth.TRUE: True, Truth.FALSE: False, Truth.UNKNOWN: None}[self.truth]


def judge(rule: Rule, values: Mapping[str, Value]) -> Verdict:
    """Returns the verdict of one rule on the values that are known."""
    outcome = rule.expression.evaluate(values)
    return Verdict(rule.code, rule.text, outcome.truth, evidence_for(rule, values), outcome.missing, rule.action)


def evidence_for(rule: Rule, values: Mapping[str, Value]) -> tuple[Evidence, ...]:
    """Returns the values that a rule is judged by, as far as there are any."""
    return tuple(
        Evidence(variable.name, values[variable.name], variable.unit)
        for variable in rule.expression.variables
        if variable.name in values
    )


def show(value: Value) -> str:
    """Returns a value as a person writes it: yes or no, a plain decimal, a word."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    return value.replace("_", " ")
