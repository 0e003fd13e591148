"""Every rule of a protocol in one list: its id, what it says, where it acts, and how sure the protocol is of it."""

from collections.abc import Iterable
from dataclasses import dataclass

from protocol.definition import ProtocolDefinition, Rule
from protocol.reporting import basis_of


@dataclass(frozen=True)
class RuleLine:
    """One rule of the index. `acts` says what its truth does; `expression` is empty where a rule counts or lists."""

    code: str
    family: str
    text: str
    acts: str
    status: str
    expression: str = ""
    variables: tuple[str, ...] = ()
    note: str = ""


def rules_index(definition: ProtocolDefinition) -> tuple[RuleLine, ...]:
    """Returns every rule in the order of the protocol."""
    return (
        *_lines("Gate", definition.gates.values(), "must be true"),
        *_lines("Inclusion criterion", definition.inclusion, "must be true"),
        *_lines("Exclusion criterion", definition.exclusion, "must be false"),
        *_lines("Washout", [definition.washout], "must be true"),
        *_lines("Earlier treatments", definition.screening.rules, "makes the fact of treatment resistance"),
        *_lines("Condition of the initial dose", definition.pre_dose_conditions, "must be true"),
        *_lines("Reason to withhold the supplemental dose", definition.withhold_supplemental_if, "withholds"),
        *_lines("Vital signs", [definition.intensify_when], "measure more often"),
        *_lines("Vital signs", [definition.emergency_when], ""),
        *_lines("Criterion of discharge", definition.discharge_criteria, "must be true"),
        *_lines("Stopping rule of the participant", definition.participant_stopping, ""),
        *_trial_lines(definition),
        *_lines("Event of special interest", definition.aesi, "marks the event"),
        *_clock_lines(definition),
        *_grade_lines(definition),
        *_outcome_lines(definition),
    )


def _lines(family: str, rules: Iterable[Rule], acts: str) -> list[RuleLine]:
    return [
        RuleLine(
            rule.code,
            family,
            rule.text,
            acts or rule.action,
            rule.status,
            rule.expression.text,
            rule.expression.names,
            rule.note,
        )
        for rule in rules
    ]


def _trial_lines(definition: ProtocolDefinition) -> list[RuleLine]:
    return [
        RuleLine(rule.code, "Stopping rule of the trial", rule.text, rule.action, rule.status)
        for rule in definition.trial_stopping
    ]


def _clock_lines(definition: ProtocolDefinition) -> list[RuleLine]:
    found = []
    for clock in definition.clocks:
        expression, names = (clock.expression.text, clock.expression.names) if clock.expression else ("", ())
        line = RuleLine(
            clock.rule, "Reporting clock", basis_of(clock), "starts the clock", clock.status, expression, names
        )
        found.append(line)
    return found


def _grade_lines(definition: ProtocolDefinition) -> list[RuleLine]:
    return [
        RuleLine(
            f"{band.term} {band.grade}",
            "Suggested grade",
            f"{band.term.replace('_', ' ')}, grade {band.grade}",
            "suggests the grade",
            band.status,
            band.expression.text,
            band.expression.names,
        )
        for band in definition.grade_bands
    ]


def _outcome_lines(definition: ProtocolDefinition) -> list[RuleLine]:
    return [
        RuleLine(rule.code, "Outcome", rule.text, "counts as reached", rule.status) for rule in definition.outcome_rules
    ]
