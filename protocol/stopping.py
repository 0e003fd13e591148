"""Stopping rules and events of special interest: judged anew whenever one of their values is entered."""

from collections.abc import Mapping

from protocol.definition import ProtocolDefinition
from protocol.expressions import Value
from protocol.verdict import Verdict, judge


def fired_stopping_rules(definition: ProtocolDefinition, values: Mapping[str, Value]) -> tuple[Verdict, ...]:
    """Returns the participant's stopping rules that are true."""
    verdicts = (judge(rule, dict(values)) for rule in definition.participant_stopping)
    return tuple(verdict for verdict in verdicts if verdict.holds)


def special_interest(definition: ProtocolDefinition, values: Mapping[str, Value]) -> tuple[Verdict, ...]:
    """Returns the groups of special interest to which the values belong."""
    verdicts = (judge(rule, dict(values)) for rule in definition.aesi)
    return tuple(verdict for verdict in verdicts if verdict.holds)


def concerned_rules(definition: ProtocolDefinition, variables: frozenset[str]) -> bool:
    """Returns whether any stopping or special-interest rule uses one of the variables."""
    rules = (*definition.participant_stopping, *definition.aesi)
    return any(variables & set(rule.expression.names) for rule in rules)
