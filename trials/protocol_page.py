"""What the protocol page shows, as rows: nothing here judges, and no amount or arm of a kit is among it."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from protocol.definition import ProtocolDefinition
from protocol.parts import Coded, Rule, Visit
from protocol.rules_index import rules_index

# How sure the protocol is of a statement, as a state of the design language.
STATUS = {
    "verified": ("verified", "Verified"),
    "derived": ("complete", "Derived"),
    "recalled": ("unknown", "Recalled"),
    "assumption": ("judge", "Assumption"),
}
NOT_TAGGED = ("notdone", "Not tagged")
LONGEST_SHORT_ID = 5
# An epoch of fewer columns has no room for its name.
COLUMNS_FOR_A_NAME = 3
PARTS = (
    ("versions", "Version"),
    ("schedule", "Schedule"),
    ("visits", "Visits and windows"),
    ("criteria", "Criteria"),
    ("dosing", "Dosing"),
    ("limits", "Limits"),
    ("stopping", "Stopping and reporting"),
    ("rules", "Rules index"),
)


@dataclass(frozen=True)
class MatrixRow:
    """One procedure, who may do it, and at which visits the schedule asks for it."""

    code: str
    name: str
    duty: str
    asked: tuple[bool, ...]


@dataclass(frozen=True)
class RuleRow:
    """One rule as a table shows it."""

    code: str
    text: str
    expression: str
    status: tuple[str, str]
    note: str = ""


@dataclass(frozen=True)
class RuleGroup:
    """Rules that stand together; `wide` says that their ids are words and need room."""

    title: str
    note: str
    rows: list[RuleRow]

    @property
    def wide(self) -> bool:
        """Returns whether an id is too long for the narrow column."""
        return any(len(row.code) > LONGEST_SHORT_ID for row in self.rows)


@dataclass(frozen=True)
class VisitRow:
    """One visit with its window in words."""

    visit: Visit
    counts_from: str
    window: str
    needs: str
    status: tuple[str, str]


def status_of(tag: str) -> tuple[str, str]:
    """Returns the state and the word of a status tag."""
    return STATUS.get(tag, NOT_TAGGED)


def count_tags(definition: ProtocolDefinition) -> list[tuple[str, str, int]]:
    """Returns how many rules and visits carry each tag, as (state, word, number)."""
    tags = [line.status for line in rules_index(definition)] + [visit.status for visit in definition.visits]
    counts = Counter(status_of(tag) for tag in tags)
    return [(*state, counts[state]) for state in (*STATUS.values(), NOT_TAGGED) if counts[state]]


def part_of(name: str, definition: ProtocolDefinition) -> dict[str, Any]:
    """Returns what one part of the page shows; an unknown name has nothing to show."""
    makers = {
        "schedule": _schedule,
        "visits": _visits,
        "criteria": _criteria,
        "dosing": _dosing,
        "limits": _limits,
        "stopping": _stopping,
        "rules": _rules,
    }
    return makers[name](definition) if name in makers else {}


def _schedule(definition: ProtocolDefinition) -> dict[str, Any]:
    visits = definition.visits
    asked = {visit.code: {procedure.code for procedure in definition.procedures_of(visit.code)} for visit in visits}
    contact = set(definition.phone_contacts.procedures)
    rows = [
        MatrixRow(
            procedure.code,
            procedure.name,
            _duty(definition, procedure.role),
            (*(procedure.code in asked[visit.code] for visit in visits), procedure.code in contact),
        )
        for procedure in definition.procedures.values()
    ]
    widths = [(epoch, sum(visit.epoch == epoch.code for visit in visits)) for epoch in definition.epochs]
    epochs = [(_epoch_label(epoch, width), epoch.name, width) for epoch, width in widths if width]
    return {"visits": visits, "rows": rows, "epochs": epochs}


def _visits(definition: ProtocolDefinition) -> dict[str, Any]:
    contacts = definition.phone_contacts
    days = ", ".join(str(day) for day in contacts.days)
    return {
        "visits": [
            VisitRow(visit, _anchor(visit), _window(visit), _needs(visit), status_of(visit.status))
            for visit in definition.visits
        ],
        "contacts": f"after each {contacts.after_type} visit, on days {days}",
    }


def _criteria(definition: ProtocolDefinition) -> dict[str, Any]:
    return {
        "groups": [
            RuleGroup("Inclusion", "all must be true", _rule_rows(definition.inclusion)),
            RuleGroup("Exclusion", "all must be false", _rule_rows(definition.exclusion)),
            RuleGroup(
                "Gates", "asked before enrolment, randomisation and doses", _rule_rows(definition.gates.values())
            ),
            RuleGroup("Washout", "for every stopped medicine of a prohibited class", _rule_rows([definition.washout])),
            RuleGroup("Earlier treatments", "what makes treatment resistance", _rule_rows(definition.screening.rules)),
        ]
    }


def _dosing(definition: ProtocolDefinition) -> dict[str, Any]:
    window = definition.supplemental_window
    overrides = [(code, _duty(definition, duty)) for code, duty in definition.overrides.items()]
    return {
        "doses": list(definition.dose_labels.values()),
        "dosing_visits": definition.dosing_visits,
        "window": f"{window.earliest} to {window.latest} minutes after the initial dose",
        "overrides": overrides,
        "groups": [
            RuleGroup("Before the initial dose", "all must be true", _rule_rows(definition.pre_dose_conditions)),
            RuleGroup(
                "Withhold the supplemental dose", "any is enough", _rule_rows(definition.withhold_supplemental_if)
            ),
        ],
    }


def _limits(definition: ProtocolDefinition) -> dict[str, Any]:
    return {
        "points": definition.vital_points,
        "plausibility": list(definition.plausibility.items()),
        "units": definition.units,
        "groups": [
            RuleGroup(
                "Vital signs",
                "what a set of readings asks for",
                _rule_rows([definition.intensify_when, definition.emergency_when]),
            ),
            RuleGroup("Discharge", "all must be true", _rule_rows(definition.discharge_criteria)),
        ],
        "intensify": f"then every {definition.intensify_every_min} minutes",
        "alerts": [
            (severity, policy.acknowledge_within_min, _duty(definition, policy.by), policy.instruction)
            for severity, policy in definition.alert_policy.items()
        ],
    }


def _stopping(definition: ProtocolDefinition) -> dict[str, Any]:
    trial = [
        RuleRow(rule.code, _sentence(rule.code, text=rule.text), rule.action, status_of(rule.status))
        for rule in definition.trial_stopping
    ]
    clocks = [
        (
            clock.rule.replace("_", " "),
            _term(clock),
            clock.starts,
            clock.expression.text if clock.expression else "always",
            status_of(clock.status),
        )
        for clock in definition.clocks
    ]
    return {
        "groups": [
            RuleGroup("The participant stops", "any is enough", _rule_rows(definition.participant_stopping)),
            RuleGroup("Dosing pauses in the whole trial", "counted over all sites", trial),
            RuleGroup("Events of special interest", "any is enough", _rule_rows(definition.aesi)),
        ],
        "clocks": clocks,
    }


def _rules(definition: ProtocolDefinition) -> dict[str, Any]:
    return {
        "index": [
            (line, _sentence(line.code, text=line.text, expression=line.expression), status_of(line.status))
            for line in rules_index(definition)
        ]
    }


def _rule_rows(rules: Iterable[Rule]) -> list[RuleRow]:
    return [RuleRow(rule.code, _text(rule), rule.expression.text, status_of(rule.status), rule.note) for rule in rules]


def _text(rule: Rule) -> str:
    return _sentence(rule.code, text=rule.text, expression=rule.expression.text)


def _sentence(code: str, *, text: str, expression: str = "") -> str:
    # A rule that the protocol does not put in words is named by its id.
    plain = code.replace("_", " ") if text == expression else text
    return f"{plain[:1].upper()}{plain[1:]}"


def _epoch_label(epoch: Coded, width: int) -> str:
    return epoch.name.split(" (")[0] if width >= COLUMNS_FOR_A_NAME else epoch.code


def _duty(definition: ProtocolDefinition, code: str) -> str:
    return definition.roles[code].name if code in definition.roles else code


def _anchor(visit: Visit) -> str:
    if visit.anchor is None:
        return ""
    unit = "h" if visit.window_unit == "hours" else "d"
    return f"{visit.anchor} + {visit.offset} {unit}" if visit.offset else visit.anchor


def _window(visit: Visit) -> str:
    if not visit.before and not visit.after:
        return "that day"
    unit = "h" if visit.window_unit == "hours" else "d"
    before = f"−{visit.before}" if visit.before else "0"
    after = f"+{visit.after}" if visit.after else "0"
    return f"{before} to {after} {unit}"


def _needs(visit: Visit) -> str:
    after = [f"after {code}" for code in visit.must_follow]
    return ", ".join([*after, *(token.replace("_", " ") for token in visit.requires)])


def _term(clock: Any) -> str:
    if clock.hours is not None:
        return f"{clock.hours} h"
    if clock.calendar_days is not None:
        return f"{clock.calendar_days} d"
    return f"{clock.days_after_anniversary} d" if clock.days_after_anniversary is not None else ""
