"""What an instrument asks, read from the protocol: items by number and code, their ranges, never their wording."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from protocol.definition import Procedure, ProtocolDefinition
from protocol.scoring import item_numbers, item_range

INDEPENDENT, PARTICIPANT = "independent_assessor", "participant"
NO_YES = ("No", "Yes")
# Items beyond the scored ones that are answered with no or yes, whatever the range of the others.
YES_NO_ITEMS = ("onset", "duration")
MOST_CHOICES = 11


@dataclass(frozen=True)
class Item:
    """One item: its number, the code printed on the licensed form, and what may be answered."""

    number: int
    code: str
    group: str
    low: int
    high: int
    step: int = 1
    labels: tuple[str, ...] = ()
    may_not_apply: bool = False

    @property
    def values(self) -> range:
        """Returns the answers that are allowed."""
        return range(self.low, self.high + 1, self.step)

    @property
    def choices(self) -> list[tuple[int, str]]:
        """Returns the answers with their labels; empty when there are too many to offer one by one."""
        if len(self.values) > MOST_CHOICES:
            return []
        return [(value, self.labels[index] if self.labels else str(value)) for index, value in enumerate(self.values)]

    def label_of(self, value: int) -> str:
        """Returns an answer in words."""
        return dict(self.choices).get(value, str(value))


def instrument_code(procedure: Procedure) -> str:
    """Returns the instrument that a procedure uses."""
    return procedure.instrument or procedure.code


def takes_independent_rater(definition: ProtocolDefinition, visit_code: str) -> bool:
    """Returns whether the visit takes one assessor of the pool, who counts for the reuse rule."""
    visit = definition.visits_by_code.get(visit_code)
    return visit is not None and visit.assessor == "independent"


def rated_procedures(definition: ProtocolDefinition, visit_code: str) -> list[Procedure]:
    """Returns what the independent rater answers at a visit, the guess at the arm last."""
    if not takes_independent_rater(definition, visit_code):
        return []
    found = [p for p in _with_items(definition, visit_code) if p.role == INDEPENDENT]
    return sorted(found, key=lambda procedure: is_guess(definition, instrument_code(procedure)))


def form_procedures(definition: ProtocolDefinition, visit_code: str) -> list[Procedure]:
    """Returns the questionnaires that the site enters at a visit for the participant.

    An interview at a visit without an independent rater is entered by the site too; a guess at the arm never is.
    """
    rated = rated_procedures(definition, visit_code)
    return [
        procedure
        for procedure in _with_items(definition, visit_code)
        if procedure.role in (PARTICIPANT, INDEPENDENT)
        and procedure not in rated
        and not is_guess(definition, instrument_code(procedure))
    ]


def guess_procedures(definition: ProtocolDefinition, visit_code: str) -> list[Procedure]:
    """Returns the guesses that the study team makes at a visit; the rater's is the last part of the interview."""
    asked = _guesses(definition, visit_code)
    return [procedure for procedure in asked if procedure.role not in (PARTICIPANT, INDEPENDENT)]


def participant_guess(definition: ProtocolDefinition, visit_code: str) -> Procedure | None:
    """Returns the guess that the participant makes at a visit, if one is asked."""
    asked = _guesses(definition, visit_code)
    return next((procedure for procedure in asked if procedure.role == PARTICIPANT), None)


def guess_visits(definition: ProtocolDefinition, duties: frozenset[str]) -> frozenset[str]:
    """Returns the visits at which somebody with these duties is asked for a guess."""
    return frozenset(
        visit.code
        for visit in definition.visits
        if any(procedure.role in duties for procedure in guess_procedures(definition, visit.code))
    )


def guess_choices(definition: ProtocolDefinition, procedure: Procedure) -> list[tuple[str, str]]:
    """Returns what may be guessed: the arms by their names, and that one cannot tell."""
    names = {arm.code: arm.name for arm in definition.arms}
    options = definition.instruments[instrument_code(procedure)]["options"]
    return [(option, names.get(option, _words(option))) for option in options]


def certainty_choices(definition: ProtocolDefinition, procedure: Procedure) -> list[tuple[str, str]]:
    """Returns how sure one may be."""
    return [(each, _words(each)) for each in definition.instruments[instrument_code(procedure)]["certainty"]]


def is_guess(definition: ProtocolDefinition, instrument: str) -> bool:
    """Returns whether the instrument asks for a guess at the arm."""
    return "options" in definition.instruments.get(instrument, {})


def is_before_first_dose(definition: ProtocolDefinition, instrument: str) -> bool:
    """Returns whether the instrument may be answered before the first dose only, as what somebody expects."""
    return bool(definition.instruments.get(instrument, {}).get("before_first_dose"))


def items_of(definition: ProtocolDefinition, instrument: str) -> tuple[Item, ...]:
    """Returns the items of an instrument in order."""
    block = definition.instruments[instrument]
    if is_guess(definition, instrument):
        return tuple(_guess_items(definition, block))
    low, high = item_range(block) or (1, int(block.get("exposure_columns", 1)))
    groups = _groups(block)
    skippable = block.get("skippable_items", ())
    found = []
    for number in item_numbers(block):
        group, code = groups.get(number, ("", str(number)))
        if group in YES_NO_ITEMS:
            found.append(Item(number, code, _words(group), 0, 1, labels=NO_YES))
            continue
        step, may_not_apply = int(block.get("step", 1)), number in skippable
        found.append(Item(number, code, _words(group), low, high, step, may_not_apply=may_not_apply))
    if "vas" in block:
        found.append(Item(len(found) + 1, "VAS", "", int(block["vas"][0]), int(block["vas"][1])))
    return tuple(found)


def duration_item(definition: ProtocolDefinition, instrument: str) -> int | None:
    """Returns the number of the item that says whether the disturbance has lasted long enough, if there is one."""
    rule = definition.instruments[instrument].get("diagnosis_rule", {})
    return int(rule["duration_item"]) if "duration_item" in rule else None


def _guesses(definition: ProtocolDefinition, visit_code: str) -> list[Procedure]:
    return [p for p in definition.procedures_of(visit_code) if is_guess(definition, instrument_code(p))]


def _with_items(definition: ProtocolDefinition, visit_code: str) -> Iterator[Procedure]:
    for procedure in definition.procedures_of(visit_code):
        block = definition.instruments.get(instrument_code(procedure), {})
        if item_numbers(block) and "ideation_items" not in block:
            yield procedure


def _guess_items(definition: ProtocolDefinition, block: Mapping[str, Any]) -> Iterator[Item]:
    arms = {arm.code: arm.name for arm in definition.arms}
    options = tuple(arms.get(option, _words(option)) for option in block["options"])
    yield Item(1, "1", "Guess", 0, len(options) - 1, labels=options)
    certainty = tuple(_words(option) for option in block["certainty"])
    yield Item(2, "2", "How sure", 0, len(certainty) - 1, labels=certainty)


def _groups(block: Mapping[str, Any]) -> dict[int, tuple[str, str]]:
    found: dict[int, tuple[str, str]] = {}
    for name, limits in block.get("clusters", {}).items():
        for place, number in enumerate(range(int(limits[0]), int(limits[1]) + 1), start=1):
            found[number] = (str(name), f"{name}{place}")
    for name, where in block.get("other_items", {}).items():
        first, last = where if isinstance(where, list) else (where, where)
        for number in range(int(first), int(last) + 1):
            found[number] = (str(name), str(number))
    return found


def _words(code: str) -> str:
    words = str(code).replace("_", " ")
    return words if len(words) < 2 else words[0].upper() + words[1:]
