"""The suicidality questions since the last visit, by item code, and what the protocol's rules make of the answers.

The items are those of the instrument that the protocol names for the visit; their wording is the licensee's.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from core.errors import Refused
from protocol.definition import Procedure, ProtocolDefinition
from protocol.expressions import Value
from protocol.stopping import fired_stopping_rules, special_interest
from protocol.verdict import Verdict

SELF_INJURY = "NSSI"


@dataclass(frozen=True)
class RiskItem:
    """One question, answered with yes or no; `depends_on` is the item that must be yes for it to be asked."""

    code: str
    label: str
    group: str
    depends_on: str = ""


@dataclass(frozen=True)
class RiskAnswers:
    """What the answers come to."""

    ideation_level: int
    behaviour_count: int
    self_injury: bool


def risk_procedure(definition: ProtocolDefinition, visit_code: str) -> Procedure | None:
    """Returns the procedure of the visit that asks about suicidality, if the protocol schedules one."""
    return _asking(definition, definition.procedures_of(visit_code))


def risk_procedure_of_contacts(definition: ProtocolDefinition) -> Procedure | None:
    """Returns the procedure that asks about suicidality in a contact that no visit stands for."""
    named = definition.phone_contacts.procedures
    return _asking(definition, (definition.procedures[code] for code in named if code in definition.procedures))


def _asking(definition: ProtocolDefinition, procedures: Iterable[Procedure]) -> Procedure | None:
    blocks = definition.instruments
    return next((each for each in procedures if "ideation_items" in blocks.get(each.instrument, {})), None)


def risk_items(definition: ProtocolDefinition, procedure: Procedure) -> tuple[RiskItem, ...]:
    """Returns the questions of the instrument in order."""
    block = definition.instruments[procedure.instrument]
    opened = block.get("conditional_items", {"gate": 0, "items": (0, 0)})
    first, last = opened["items"]
    ideation = [
        RiskItem(f"I{n}", f"Ideation, item {n}", "ideation", f"I{opened['gate']}" if first <= n <= last else "")
        for n in range(1, int(block["ideation_items"]) + 1)
    ]
    behaviour = [RiskItem(str(name), f"Behaviour, {name}", "behaviour") for name in block["behaviour"]]
    apart = (
        [RiskItem(SELF_INJURY, "Self-injury without suicidal intent", "apart")] if block.get("nssi_separate") else []
    )
    return (*ideation, *behaviour, *apart)


def read_answers(items: tuple[RiskItem, ...], answers: Mapping[str, bool | None]) -> RiskAnswers:
    """Returns the level and the counts.

    Raises Refused naming what was not asked, for no answer is not a no, and when two answers contradict each other.
    """
    open_items = [
        item
        for item in items
        if answers.get(item.code) is None and (not item.depends_on or answers.get(item.depends_on))
    ]
    if open_items:
        raise Refused(
            f"Still to be asked: {', '.join(item.label for item in open_items)}.",
            field=f"risk_{open_items[0].code}",
        )
    yes = {item.code for item in items if answers.get(item.code)}
    for item in items:
        if item.code in yes and item.depends_on and item.depends_on not in yes:
            raise Refused(
                f"{item.label} was answered with yes although the answer that opens it is no. Ask both again.",
                field=f"risk_{item.code}",
            )
    levels = [int(item.code[1:]) for item in items if item.group == "ideation" and item.code in yes]
    behaviours = [item for item in items if item.group == "behaviour" and item.code in yes]
    return RiskAnswers(max(levels, default=0), len(behaviours), SELF_INJURY in yes)


def variables_of(
    definition: ProtocolDefinition, procedure: Procedure, *, answers: RiskAnswers, judged_unsafe: bool
) -> dict[str, Value]:
    """Returns the protocol's variables that this procedure supplies, with their values."""
    computed: dict[str, Value] = {
        "cssrs_ideation": Decimal(answers.ideation_level),
        "cssrs_behaviour": Decimal(answers.behaviour_count),
        "clinician_unsafe": judged_unsafe,
    }
    wanted = {variable.name for variable in definition.variables_from(procedure.code)}
    return {name: value for name, value in computed.items() if name in wanted}


def positive_rules(definition: ProtocolDefinition, values: Mapping[str, Value]) -> list[Verdict]:
    """Returns the stopping rules and groups of special interest that these answers, by themselves, make true."""
    found = (*fired_stopping_rules(definition, values), *special_interest(definition, values))
    return [verdict for verdict in found if any(evidence.variable in values for evidence in verdict.evidence)]
