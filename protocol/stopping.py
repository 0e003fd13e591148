"""Stopping rules and events of special interest: judged anew whenever one of their values is entered."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from protocol.definition import ProtocolDefinition, Rule, TrialStoppingRule
from protocol.expressions import Truth, Value
from protocol.seriousness import DEATH, LIFE_THREATENING
from protocol.verdict import Evidence, Verdict, judge


@dataclass(frozen=True)
class RelatedSeriousEvent:
    """A serious event that may be due to the study drug: its term and the criteria that were ticked."""

    term: str
    seriousness: tuple[str, ...]


def judge_stopping(definition: ProtocolDefinition, values: Mapping[str, Value]) -> tuple[Verdict, ...]:
    """Judges every stopping rule of the participant; only a true one acts, an unknown one is shown as open."""
    return _judge_all(definition.participant_stopping, values)


def judge_special_interest(definition: ProtocolDefinition, values: Mapping[str, Value]) -> tuple[Verdict, ...]:
    """Judges every group of special interest."""
    return _judge_all(definition.aesi, values)


def fired_stopping_rules(definition: ProtocolDefinition, values: Mapping[str, Value]) -> tuple[Verdict, ...]:
    """Returns the participant's stopping rules that are true."""
    return tuple(verdict for verdict in judge_stopping(definition, values) if verdict.holds)


def special_interest(definition: ProtocolDefinition, values: Mapping[str, Value]) -> tuple[Verdict, ...]:
    """Returns the groups of special interest to which the values belong."""
    return tuple(verdict for verdict in judge_special_interest(definition, values) if verdict.holds)


def judged_variables(definition: ProtocolDefinition) -> frozenset[str]:
    """Returns the variables that the stopping rules and the groups of special interest use."""
    rules = (*definition.participant_stopping, *definition.aesi)
    return frozenset(name for rule in rules for name in rule.expression.names)


def judge_trial_stopping(definition: ProtocolDefinition, events: Sequence[RelatedSeriousEvent]) -> tuple[Verdict, ...]:
    """Judges the rules that count over the whole trial, given its serious events related to the study drug."""
    return tuple(_judge_count(rule, events) for rule in definition.trial_stopping)


def _judge_all(rules: Sequence[Rule], values: Mapping[str, Value]) -> tuple[Verdict, ...]:
    return tuple(judge(rule, values) for rule in rules)


def _judge_count(rule: TrialStoppingRule, events: Sequence[RelatedSeriousEvent]) -> Verdict:
    count = COUNTS[rule.count](events)
    truth = Truth.TRUE if count >= rule.at_least else Truth.FALSE
    return Verdict(rule.code, rule.text, truth, (Evidence(rule.count, Decimal(count)),), action=rule.action)


def _fatal_or_life_threatening(events: Sequence[RelatedSeriousEvent]) -> int:
    return sum(bool({DEATH, LIFE_THREATENING} & set(event.seriousness)) for event in events)


def _of_one_term(events: Sequence[RelatedSeriousEvent]) -> int:
    return max(Counter(event.term.strip().casefold() for event in events).values(), default=0)


COUNTS = {
    "related_fatal_or_life_threatening": _fatal_or_life_threatening,
    "related_serious_of_one_term": _of_one_term,
}
